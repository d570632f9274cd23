from odoo import api, fields, models

MONEY_ROLES = "hospital_base.group_hospital_cashier,hospital_base.group_hospital_finance_clerk,hospital_base.group_hospital_auditor"


class HospitalAccount(models.Model):
    """Money that lies with the hospital in advance: of a card, or for one stay.

    The balance is moved by the database itself when an entry is inserted; nothing else can change it, and it never
    falls below zero, whoever is at it at the same time. `account_book.py` has the one way to an entry.
    """

    _name = "hospital.account"
    _description = "Prepaid account"
    _inherit = ["hospital.access.mixin"]
    _order = "id desc"
    _rec_names_search = ["number", "patient_id", "card_id", "encounter_id"]

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    kind = fields.Selection(
        [("card", "Card account"), ("inpatient", "Inpatient deposit")], required=True, readonly=True
    )
    patient_id = fields.Many2one("hospital.patient", required=True, readonly=True, index=True, ondelete="restrict")
    card_id = fields.Many2one("hospital.card", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
    encounter_id = fields.Many2one(
        "hospital.encounter", readonly=True, copy=False, index="btree_not_null", ondelete="restrict"
    )
    campus_id = fields.Many2one("hospital.campus", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    balance = fields.Monetary(readonly=True, copy=False, default=0.0)
    state = fields.Selection(
        [("open", "Open"), ("closed", "Closed")], required=True, readonly=True, copy=False, default="open"
    )
    entry_ids = fields.One2many("hospital.account.entry", "account_id", "Entries", groups=MONEY_ROLES)
    order_ids = fields.One2many("hospital.pay.order", "account_id", "Orders", groups=MONEY_ROLES)

    _number_unique = models.UniqueIndex("(number)", "This account number is already used.")
    _card_unique = models.UniqueIndex("(card_id) WHERE state = 'open'", "This card has an open account already.")
    _encounter_unique = models.UniqueIndex("(encounter_id)", "This stay has a deposit account already.")
    _kind_belongs = models.Constraint(
        "CHECK (CASE kind WHEN 'card' THEN card_id IS NOT NULL AND encounter_id IS NULL"
        " ELSE encounter_id IS NOT NULL AND card_id IS NULL END)",
        "A card account belongs to a card, an inpatient deposit to a stay.",
    )
    _balance_not_negative = models.Constraint(
        "CHECK (balance >= 0)", "There is not so much money on this account. Look at its balance again."
    )
    _closed_is_empty = models.Constraint(
        "CHECK (state = 'open' OR balance = 0)", "There is still money on this account, so it cannot be closed."
    )
    _money_index = models.Index("(kind, campus_id) WHERE balance > 0")

    # === COMPUTE ===

    def init(self):
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION hospital_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF NEW.balance <> 0 THEN
                        RAISE EXCEPTION 'an account begins empty' USING ERRCODE = '42501';
                    END IF;
                ELSIF NEW.balance IS DISTINCT FROM OLD.balance AND pg_trigger_depth() < 2 THEN
                    RAISE EXCEPTION 'a balance is moved by entries only' USING ERRCODE = '42501';
                END IF;
                RETURN NEW;
            END $$;
            DROP TRIGGER IF EXISTS hospital_account_guard ON hospital_account;
            CREATE TRIGGER hospital_account_guard BEFORE INSERT OR UPDATE OF balance ON hospital_account
                FOR EACH ROW EXECUTE FUNCTION hospital_account_guard();
            """
        )

    @api.depends("number", "patient_id.name")
    def _compute_display_name(self):
        for account in self:
            account.display_name = f"{account.number} {account.patient_id.name or ''}".strip()
