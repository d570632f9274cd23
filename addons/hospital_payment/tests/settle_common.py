from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.hospital_base.tests.charges_common import ChargesCase


class SettleCase(ChargesCase):
    """The places and items of charges, a card with money, a stay with a deposit, and two cashiers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        env.company.write(
            {"hospital_cash_rounding": "cent", "hospital_shift_auto_open": True, "hospital_shift_float": 0}
        )
        cls.cash, cls.pos, cls.card_channel, cls.deposit_channel, cls.wechat = (
            env.ref(f"hospital_payment.channel_{code}")
            for code in ("cash", "bank_card", "card_account", "deposit", "wechat")
        )
        cls.other_cashier = new_test_user(
            env,
            "settle_other",
            groups="hospital_base.group_hospital_cashier",
            hospital_campus_ids=[fields.Command.set(cls.campus.ids)],
            hospital_campus_id=cls.campus.id,
        )
        cls.far_cashier = new_test_user(
            env,
            "settle_far",
            groups="hospital_base.group_hospital_cashier",
            hospital_campus_ids=[fields.Command.set(cls.other_campus.ids)],
            hospital_campus_id=cls.other_campus.id,
        )
        cls.cashier = cls.users["cashier"]
        cls.manager = cls.users["finance_manager"]
        env["hospital.pay.merchant"].create(
            {
                "name": "微信",
                "channel_id": cls.wechat.id,
                "campus_id": cls.campus.id,
                "merchant_number": "1",
                "platform_id": env.ref("hospital_payment.platform_wechat").id,
            }
        )

    # === MONEY ===

    @classmethod
    def new_card_account(cls, amount=0.0, patient=None):
        card = cls.env["hospital.card"].create(
            {"patient_id": (patient or cls.patient).id, "number": cls._card_number()}
        )
        account = cls.env["hospital.account"]._for_card(card, campus=cls.campus)
        cls.put(account, amount)
        return account

    @classmethod
    def _card_number(cls):
        cls.card_counter = getattr(cls, "card_counter", 0) + 1
        return f"3399{cls.card_counter:06}"

    @classmethod
    def new_deposit(cls, amount, encounter=None):
        account = cls.env["hospital.account"]._for_encounter(encounter or cls.inpatient)
        cls.put(account, amount)
        return account

    @classmethod
    def put(cls, account, amount):
        if amount:
            shift = cls.env["hospital.shift"]._current(user=cls.other_cashier, campus=cls.campus)
            order = (
                cls.env["hospital.pay.order"]
                .with_user(cls.other_cashier)
                .sudo()
                ._open(
                    account,
                    "topup_card" if account.kind == "card" else "topup_inpatient",
                    cls.cash,
                    amount,
                    "cash",
                    patient_id=account.patient_id.id,
                    campus_id=cls.campus.id,
                    shift_id=shift.id,
                )
            )
            order._pay_cash()

    # === THE DESK ===

    def desk(self, user=None):
        return self.env["hospital.cash.desk"].with_user(user or self.cashier)

    def pay(self, charges, *tenders, user=None, encounter=None, expected=None, **values):
        """As the screen does it; gives the settlement."""
        answer = self.desk(user).pay(
            {
                "encounter_id": (encounter or charges.encounter_id).id,
                "charge_ids": charges.ids if charges else None,
                "expected": sum(charges.mapped("amount")) if expected is None else expected,
                "tenders": list(tenders),
                **values,
            }
        )
        return self.env["hospital.settlement"].browse(answer["settlement"]["id"])

    def by_cash(self, given=None):
        return {"channel_id": self.cash.id, "given": given}

    def by_pos(self, amount, reference="0001"):
        return {"channel_id": self.pos.id, "amount": amount, "reference": reference}

    def by_account(self, account, amount):
        channel = self.card_channel if account.kind == "card" else self.deposit_channel
        return {"channel_id": channel.id, "amount": amount, "account_id": account.id}

    def by_phone(self, amount, way="code"):
        return {"channel_id": self.wechat.id, "amount": amount, "way": way}

    def visit_charges(self, *rows):
        """Charges of the outpatient: (item, quantity)."""
        charges = self.env["hospital.charge"]
        for item, quantity in rows or ((self.blood, 2), (self.drug, 1)):
            charges |= self.charge(item, quantity, encounter=self.outpatient)
        return charges

    def shift_of(self, user=None):
        return self.env["hospital.shift"]._current(user=user or self.cashier, campus=self.campus)
