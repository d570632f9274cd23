-- a copy of the database asks no channel about the orders of the hospital
UPDATE hospital_pay_order SET next_check_at = NULL WHERE next_check_at IS NOT NULL;
