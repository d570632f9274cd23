/** Sums and codes of the cash desk. */

const UNITS = { cent: 100, jiao: 10, yuan: 1 };
const ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Whether 18 digits are the number of an identity card: it begins like a payment code of some provinces. */
export function isIdNumber(text) {
    if (!/^\d{6}(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]$/.test(text)) {
        return false;
    }
    const sum = ID_WEIGHTS.reduce((total, weight, index) => total + weight * Number(text[index]), 0);
    return "10X98765432"[sum % 11] === text[17];
}

/** Half up in the unit cash is paid in. */
export function roundCash(amount, rule) {
    const unit = UNITS[rule] || 100;
    return Math.round((Math.round(amount * 100) * unit) / 100 + 1e-9) / unit;
}

export const cents = (amount) => Math.round(amount * 100) / 100;
