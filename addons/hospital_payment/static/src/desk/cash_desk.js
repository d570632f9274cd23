import { Component, onMounted, onWillStart, onWillUnmount, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { formatCurrency } from "@web/core/currency";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { cents, isIdNumber, roundCash } from "./desk_sums";
import { withPhonePayment } from "./phone_payment";

const PRINT_AT_ONCE = "hospital_cash_desk_print";

/** Who is there, what is due, how it is paid: made for a cashier who does it three hundred times a day. */
export class HospitalCashDesk extends withPhonePayment(Component) {
    static template = "hospital_payment.CashDesk";
    static props = { ...standardActionServiceProps };
    static displayName = _t("Take payment");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.scanner = useRef("scanner");
        this.root = useRef("root");
        this.state = useState({
            desk: null,
            text: "",
            found: [],
            pointed: 0,
            screen: null,
            chosen: {},
            tenders: [],
            entry: null,
            waiting: null,
            done: null,
            error: "",
            busy: false,
            print: browser.localStorage.getItem(PRINT_AT_ONCE) !== "no",
        });
        onWillStart(async () => {
            this.state.desk = await this.orm.call("hospital.cash.desk", "get_desk", []);
        });
        onMounted(() => this.focusScanner());
        onWillUnmount(() => browser.clearTimeout(this.timer));
        useExternalListener(window, "keydown", this.onKeydown.bind(this));
        useEffect(
            (entry) => {
                const first = entry && this.root.el?.querySelector(".o_cash_desk_entry input");
                first?.focus();
                first?.select();
            },
            () => [this.state.entry]
        );
    }

    // === WORDS AND SUMS ===

    money(amount) {
        return formatCurrency(amount || 0, this.state.desk.currency_id);
    }

    get visit() {
        return this.state.screen?.visit;
    }

    get begun() {
        return this.visit?.begun;
    }

    get lines() {
        return this.visit?.lines || [];
    }

    /** What the patient owes for what is chosen, before any means of payment. */
    get total() {
        if (!this.visit) {
            return 0;
        }
        if (this.begun) {
            return this.begun.left;
        }
        if (this.visit.settle_kind !== "outpatient") {
            return this.visit.total;
        }
        return cents(this.lines.filter((line) => this.state.chosen[line.id]).reduce((sum, line) => sum + line.amount, 0));
    }

    get left() {
        return cents(this.total - this.state.tenders.reduce((sum, tender) => sum + tender.amount, 0));
    }

    get dueInCash() {
        return roundCash(this.left, this.state.desk.rounding);
    }

    get change() {
        const given = this.state.entry?.kind === "cash" && parseFloat(this.state.entry.given);
        return given ? cents(given - this.dueInCash) : 0;
    }

    get nothingChosen() {
        return !this.visit || (!this.begun && this.visit.settle_kind === "outpatient" && !this.lines.some((line) => this.state.chosen[line.id]));
    }

    /** The buttons, one key each. */
    get means() {
        if (this.begun && this.begun.place !== "window") {
            return []; // it goes on where it was begun, or is given up
        }
        const channels = this.state.desk.channels;
        const accounts = this.visit?.accounts || [];
        const online = channels.filter((channel) => channel.kind === "online");
        const named = (code) => channels.find((channel) => channel.code === code);
        const means = [];
        if (named("cash")) {
            means.push({ key: "F2", kind: "cash", name: named("cash").name, icon: "fa-money", channel: named("cash") });
        }
        const manual = channels.filter((channel) => channel.kind === "manual");
        manual.forEach((channel, index) =>
            means.push({ key: index ? "" : "F3", kind: "manual", name: channel.name, icon: "fa-credit-card", channel })
        );
        for (const [key, code] of [["F4", "card_account"], ["F6", "deposit"]]) {
            const account = accounts.find((found) => found.channel === code);
            if (named(code) && account) {
                means.push({ key, kind: "account", name: named(code).name, icon: "fa-id-card-o", channel: named(code), account });
            }
        }
        if (online.length) {
            means.push({ key: "F7", kind: "code", name: _t("Scan the payment code"), icon: "fa-barcode", channel: online[0] });
            means.push({ key: "F8", kind: "qr", name: _t("Show a QR code"), icon: "fa-qrcode", channel: online[0] });
        }
        return means;
    }

    get onlineChannels() {
        return this.state.desk.channels.filter((channel) => channel.kind === "online");
    }

    channelOfCode(text) {
        const found = this.onlineChannels.filter((channel) => channel.pattern && new RegExp(`^(?:${channel.pattern})$`).test(text));
        return found.length === 1 ? found[0] : null;
    }

    // === KEYS ===

    focusScanner() {
        this.scanner.el?.focus();
        this.scanner.el?.select();
    }

    onKeydown(ev) {
        if (ev.isComposing || ev.altKey || ev.ctrlKey || ev.metaKey || document.querySelector(".o_dialog")) {
            return;
        }
        if (ev.key === "Escape") {
            ev.preventDefault();
            this.back();
        } else if (ev.key === "F9" && this.printable) {
            ev.preventDefault();
            this.print(this.printable);
        } else if (/^F\d+$/.test(ev.key) && ev.key !== "F5" && ev.key !== "F11" && ev.key !== "F12") {
            const means = this.means.find((found) => found.key === ev.key);
            if (means) {
                ev.preventDefault();
                this.choose(means);
            }
        } else if (ev.key === "Enter" && this.state.done && ev.target.tagName !== "INPUT") {
            ev.preventDefault();
            this.start();
        }
    }

    async onScanKeydown(ev) {
        const found = this.state.found;
        if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            if (found.length) {
                ev.preventDefault();
                const step = ev.key === "ArrowDown" ? 1 : -1;
                this.state.pointed = (this.state.pointed + step + found.length) % found.length;
            }
            return;
        }
        if (ev.key !== "Enter" || ev.isComposing) {
            return;
        }
        ev.preventDefault();
        const text = ev.target.value.replace(/[\r\n]+$/, "");
        if (found.length && text === this.state.text) {
            await this.openPatient(found[this.state.pointed].id);
            return;
        }
        if (!text.trim()) {
            return;
        }
        const channel = this.channelOfCode(text.trim());
        if (channel && !isIdNumber(text.trim())) {
            ev.target.value = "";
            if (!this.visit || this.nothingChosen || this.left <= 0) {
                this.complain(_t("That is a payment code. Find the patient first, then scan it."));
                return;
            }
            await this.payByPhone(channel, "code", this.left, text.trim());
            return;
        }
        await this.find(text);
    }

    /** One step back: out of an entry, then to the next patient. */
    back() {
        if (this.state.waiting) {
            return;
        }
        if (this.state.entry) {
            this.state.entry = null;
            this.focusScanner();
        } else if (this.state.tenders.length) {
            this.state.tenders.pop();
        } else {
            this.start();
        }
    }

    start() {
        browser.clearTimeout(this.timer);
        Object.assign(this.state, {
            text: "", found: [], pointed: 0, screen: null, chosen: {}, tenders: [], entry: null, waiting: null, done: null, error: "",
        });
        if (this.scanner.el) {
            this.scanner.el.value = "";
        }
        this.focusScanner();
    }

    complain(sentence) {
        this.state.error = sentence;
        if (!this.state.entry) {
            this.focusScanner();
        }
    }

    // === FINDING ===

    async run(work) {
        if (this.state.busy) {
            return undefined;
        }
        this.state.busy = true;
        this.state.error = "";
        try {
            return await work();
        } finally {
            this.state.busy = false;
        }
    }

    async find(text) {
        await this.run(async () => {
            const answer = await this.orm.call("hospital.cash.desk", "find", [text]);
            if (answer.settlement_id) {
                this.openSettlement(answer.settlement_id);
                return;
            }
            Object.assign(this.state, { text, found: answer.patients, pointed: 0, screen: null, done: null, tenders: [] });
            if (answer.patients.length === 1) {
                await this.load(answer.patients[0].id);
            } else if (!answer.patients.length) {
                this.complain(_t("Nobody is found. Check the number, or register the patient first."));
            }
        });
    }

    async openPatient(id, encounterId = false, dateTo = false) {
        await this.run(() => this.load(id, encounterId, dateTo));
    }

    async load(id, encounterId = false, dateTo = false) {
        const screen = await this.orm.call("hospital.cash.desk", "open_patient", [id, encounterId, dateTo]);
        const chosen = Object.fromEntries((screen.visit?.lines || []).map((line) => [line.id, true]));
        Object.assign(this.state, { screen, chosen, found: [], text: "", tenders: [], entry: null, done: null, waiting: null });
        this.key = `${id}-${Date.now()}-${Math.random().toString(36).slice(2)}`;
        if (this.scanner.el) {
            this.scanner.el.value = "";
        }
        this.focusScanner();
    }

    async reload() {
        await this.load(this.state.screen.patient.id, this.visit?.id);
    }

    async onDateTo(ev) {
        await this.openPatient(this.state.screen.patient.id, this.visit.id, ev.target.value || false);
    }

    toggle(line) {
        if (this.begun || this.state.tenders.length) {
            return;
        }
        const wanted = !this.state.chosen[line.id];
        for (const id of [line.id, ...line.together]) {
            this.state.chosen[id] = wanted;
        }
    }

    // === MEANS OF PAYMENT ===

    choose(means) {
        if (this.state.waiting || this.state.done) {
            return;
        }
        if (this.nothingChosen) {
            this.complain(_t("Find the patient first, and choose what is paid."));
            return;
        }
        if (this.left <= 0) {
            this.complain(_t("Nothing is left to be paid. Press “Settle”."));
            return;
        }
        const amount = means.kind === "account" ? Math.min(this.left, means.account.balance) : this.left;
        this.state.error = "";
        this.state.entry = { ...means, amount: amount.toFixed(2), given: "", reference: "", code: "", channelId: means.channel.id };
    }

    async onEntryKeydown(ev) {
        if (ev.key !== "Enter" || ev.isComposing) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const inputs = [...this.root.el.querySelectorAll(".o_cash_desk_entry input")];
        const next = inputs[inputs.indexOf(ev.target) + 1];
        if (next && !next.value) {
            next.focus();
            return;
        }
        await this.confirmEntry();
    }

    async confirmEntry() {
        const entry = this.state.entry;
        this.state.error = "";
        const typed = parseFloat(entry.kind === "cash" ? entry.given || 0 : entry.amount) || 0;
        if (Math.abs(cents(typed) - typed) > 1e-6) {
            this.complain(_t("Enter yuan with two decimals at most."));
            return;
        }
        const amount = cents(parseFloat(entry.amount) || 0);
        if (entry.kind === "cash") {
            const given = entry.given === "" ? this.dueInCash : cents(parseFloat(entry.given) || 0);
            if (given < this.dueInCash) {
                this.complain(_t("That is not enough."));
                return;
            }
            await this.settle([...this.plain(), { channel_id: entry.channelId, given }]);
            return;
        }
        if (amount <= 0 || amount > this.left) {
            this.complain(_t("Enter an amount up to what is left."));
            return;
        }
        if (entry.kind === "code" || entry.kind === "qr") {
            const channel = entry.kind === "code" ? this.channelOfCode(entry.code.trim()) : this.onlineChannels.find((found) => found.id === Number(entry.channelId));
            if (!channel) {
                this.complain(_t("This is no payment code. Let the patient open the code in his payment app."));
                return;
            }
            await this.payByPhone(channel, entry.kind, amount, entry.code.trim());
            return;
        }
        if (entry.kind === "manual" && !entry.reference.trim()) {
            this.complain(_t("Enter the number of the slip that the card machine printed."));
            return;
        }
        const tender = {
            channel_id: entry.channelId,
            amount,
            name: entry.name,
            reference: entry.reference.trim(),
            account_id: entry.account?.id,
        };
        if (amount < this.left) {
            this.state.tenders.push(tender);
            this.state.entry = null;
            this.focusScanner();
            return;
        }
        await this.settle([...this.plain(), this.strip(tender)]);
    }

    strip({ name: _name, ...tender }) {
        return tender;
    }

    plain() {
        return this.state.tenders.map((tender) => this.strip(tender));
    }

    // === SETTLING ===

    async ask(tenders) {
        if (this.begun) {
            return this.orm.call("hospital.cash.desk", "pay_more", [this.begun.id, tenders]);
        }
        const isVisit = this.visit.settle_kind === "outpatient";
        return this.orm.call("hospital.cash.desk", "pay", [
            {
                encounter_id: this.visit.id,
                charge_ids: isVisit ? this.lines.filter((line) => this.state.chosen[line.id]).map((line) => line.id) : null,
                date_to: this.visit.date_to,
                expected: this.total,
                tenders,
                key: this.key,
            },
        ]);
    }

    async settle(tenders) {
        await this.run(async () => {
            const answer = await this.guarded(() => this.ask(tenders));
            if (answer) {
                await this.finish(answer.settlement);
            }
        });
    }

    /** A refusal is a sentence on the screen; the patient stays open and is looked at anew. */
    async guarded(work) {
        try {
            return await work();
        } catch (error) {
            const kind = error.data?.context?.exception_class || error.exceptionName;
            if (kind !== "odoo.exceptions.UserError" && kind !== "odoo.exceptions.ValidationError") {
                throw error;
            }
            const sentence = error.data.message;
            await this.reload();
            this.complain(sentence);
            return null;
        }
    }

    async finish(settlement) {
        const { patient } = this.state.screen;
        Object.assign(this.state, { done: { settlement, patient }, screen: null, entry: null, tenders: [], waiting: null });
        if (this.state.print) {
            await this.print(settlement);
        }
        this.focusScanner();
    }

    get printable() {
        return this.state.done?.settlement || this.state.screen?.recent[0];
    }

    async print(settlement) {
        await this.action.doAction(await this.orm.call("hospital.cash.desk", "receipt", [settlement.id]));
    }

    togglePrint() {
        this.state.print = !this.state.print;
        browser.localStorage.setItem(PRINT_AT_ONCE, this.state.print ? "yes" : "no");
    }

    // === ELSEWHERE ===

    async abandon() {
        await this.run(async () => {
            const begun = this.begun;
            await this.guarded(async () => {
                if (begun.order_id) {
                    await this.orm.call("hospital.cash.desk", "drop", [begun.id]);
                }
                await this.orm.call("hospital.cash.desk", "abandon", [begun.id]);
            });
            await this.reload();
        });
    }

    openSettlement(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "hospital.settlement",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openShift() {
        this.action.doAction("hospital_payment.action_hospital_my_shift");
    }
}

registry.category("actions").add("hospital_cash_desk", HospitalCashDesk);
