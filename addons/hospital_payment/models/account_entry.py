from odoo import fields, models

from odoo.addons.hospital_base.tools.append_only import make_append_only

PLACES = [("window", "Window"), ("kiosk", "Self-service machine"), ("app", "Phone"), ("system", "System")]


class HospitalAccountEntry(models.Model):
    """One movement of an account. Never changed, never deleted; what was wrong is reversed by an entry that names it."""

    _name = "hospital.account.entry"
    _description = "Account entry"
    _inherit = ["hospital.access.mixin"]
    _order = "id desc"
    _rec_name = "account_id"

    account_id = fields.Many2one("hospital.account", required=True, readonly=True, ondelete="restrict")
    account_kind = fields.Selection(
        [("card", "Card account"), ("inpatient", "Inpatient deposit")], required=True, readonly=True
    )
    patient_id = fields.Many2one(related="account_id.patient_id")
    campus_id = fields.Many2one(
        "hospital.campus", required=True, readonly=True, ondelete="restrict", help="Where the account was moved."
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    kind = fields.Selection(
        [("topup", "Top-up"), ("spend", "Payment"), ("refund", "Refund"), ("reversal", "Reversal")],
        required=True,
        readonly=True,
    )
    amount = fields.Monetary(required=True, readonly=True, help="What comes in is positive, what goes out negative.")
    at = fields.Datetime("Time", required=True, readonly=True, default=fields.Datetime.now)
    day = fields.Date(required=True, readonly=True, help="The day in the hospital's time zone.")
    order_id = fields.Many2one("hospital.pay.order", readonly=True, index="btree_not_null", ondelete="restrict")
    settlement_id = fields.Many2one("hospital.settlement", readonly=True, index="btree_not_null", ondelete="restrict")
    refund_line_id = fields.Many2one(
        "hospital.refund.line", "Refund", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    reverses_id = fields.Many2one("hospital.account.entry", readonly=True, index="btree_not_null", ondelete="restrict")
    reversal_ids = fields.One2many("hospital.account.entry", "reverses_id", "Reversals")
    shift_id = fields.Many2one("hospital.shift", readonly=True, index="btree_not_null", ondelete="restrict")
    user_id = fields.Many2one("res.users", "By", readonly=True, default=lambda self: self.env.user, ondelete="restrict")
    place = fields.Selection(PLACES, required=True, readonly=True, default="window")

    _sign = models.Constraint(
        "CHECK (CASE kind WHEN 'topup' THEN amount > 0 WHEN 'reversal' THEN amount <> 0 ELSE amount < 0 END)",
        "A top-up adds to an account, a payment and a refund take from it.",
    )
    _reversal_names_entry = models.Constraint(
        "CHECK ((kind = 'reversal') = (reverses_id IS NOT NULL))", "A reversal names the entry it reverses."
    )
    _order_once = models.UniqueIndex(
        "(order_id, kind) WHERE order_id IS NOT NULL AND reverses_id IS NULL", "This order is in the ledger already."
    )
    _refund_once = models.UniqueIndex(
        "(refund_line_id, kind) WHERE refund_line_id IS NOT NULL", "This refund is in the ledger already."
    )
    _account_index = models.Index("(account_id, id)")
    _account_kind_index = models.Index("(account_id, kind, day)")
    _day_index = models.Index("(day, campus_id)")

    def init(self):
        """The database keeps the balance and sees to it that no entry is given back more than once.

        The account row is updated first: it is the lock behind which the rest is looked at.
        """
        make_append_only(self.env, self._table)
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION hospital_account_entry_book() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                reversed hospital_account_entry;
                sum_of_reversals numeric;
            BEGIN
                UPDATE hospital_account SET balance = balance + NEW.amount
                 WHERE id = NEW.account_id AND state = 'open';
                IF NOT FOUND THEN
                    RAISE EXCEPTION 'the account is closed' USING ERRCODE = '23514', CONSTRAINT = 'hospital_account_open';
                END IF;
                IF NEW.reverses_id IS NOT NULL THEN
                    SELECT * INTO reversed FROM hospital_account_entry WHERE id = NEW.reverses_id;
                    SELECT sum(amount) INTO sum_of_reversals FROM hospital_account_entry WHERE reverses_id = NEW.reverses_id;
                    IF reversed.account_id <> NEW.account_id OR reversed.reverses_id IS NOT NULL
                       OR sign(reversed.amount) = sign(NEW.amount) OR abs(sum_of_reversals) > abs(reversed.amount) THEN
                        RAISE EXCEPTION 'more than was booked cannot be reversed'
                              USING ERRCODE = '23514', CONSTRAINT = 'hospital_account_entry_reversed_at_most';
                    END IF;
                END IF;
                RETURN NULL;
            END $$;
            DROP TRIGGER IF EXISTS hospital_account_entry_book ON hospital_account_entry;
            CREATE TRIGGER hospital_account_entry_book AFTER INSERT ON hospital_account_entry
                FOR EACH ROW EXECUTE FUNCTION hospital_account_entry_book();
            """
        )
