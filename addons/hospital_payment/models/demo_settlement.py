from datetime import timedelta

from odoo import api, models

DAYS = 5
A_DAY = 5
"""How many settlements a cashier of the demo hospital makes in a day."""


class HospitalDemo(models.AbstractModel):
    """Some days at two cash desks: settlements in cash and by card, a line taken back, shifts closed, counted and open."""

    _inherit = "hospital.demo"

    @api.model
    def _demo_settlements(self):
        demo = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True, lang=None)
        if demo._get("cashier_shift_0001", module="hospital_payment"):
            return
        draw = demo._draw("settlements")
        shifts = self.env["hospital.shift"]
        for login in ("cashier", "cashier2"):
            cashier = self.env.ref(f"hospital_base.user_{login}")
            visits = demo._visits_to_settle(cashier._hospital_campus())
            for days_ago in range(DAYS, -1, -1):
                today, visits = visits[:A_DAY], visits[A_DAY:]
                shifts |= demo._demo_shift(cashier, today, days_ago, draw)
        demo._name_records("cashier_shift", shifts, module="hospital_payment")

    def _visits_to_settle(self, campus):
        """The youngest finished visits that count as settled already: here they are, with the money that belongs to it."""
        visits = (
            self.env["hospital.encounter"]
            .search(
                [
                    ("campus_id", "=", campus.id),
                    ("kind", "in", ("outpatient", "emergency")),
                    ("state", "=", "finished"),
                    ("charge_ids.state", "=", "settled"),
                    ("charge_ids", "not any", [("reversed_quantity", ">", 0)]),
                ],
                order="end_at desc, id desc",
                limit=(DAYS + 1) * A_DAY,
            )
            .sorted(lambda visit: (visit.end_at, visit.id))
        )
        visits.charge_ids.filtered(lambda charge: charge.state == "settled")._unsettle()
        return visits

    def _demo_shift(self, cashier, visits, days_ago, draw):
        desk = self.env["hospital.cash.desk"].with_user(cashier)
        shift = self.env["hospital.shift"]._current(user=cashier, campus=cashier._hospital_campus())
        cash = self.env.ref("hospital_payment.channel_cash")
        card = self.env.ref("hospital_payment.channel_bank_card")
        settlements = self.env["hospital.settlement"]
        for number, visit in enumerate(visits):
            total = visit.unsettled_total
            tender = {"channel_id": cash.id}
            if draw.random() < 0.4:
                tender = {"channel_id": card.id, "amount": total, "reference": f"{draw.randrange(10**6):06}"}
            answer = desk.pay(
                {"encounter_id": visit.id, "charge_ids": None, "expected": total, "tenders": [tender], "key": False}
            )
            settlement = settlements.browse(answer["settlement"]["id"])
            settlements |= settlement
            if number == 1 and days_ago in (0, 2):
                charge = settlement.line_ids.charge_id.filtered("open_quantity")[:1]
                settlements |= (
                    settlement.with_user(cashier)._refund_lines({charge.id: 1}, "检查未做").with_user(self.env.user)
                )
        self._demo_backdate(settlements, days_ago, draw)
        if days_ago:
            self._demo_count(shift, cashier)
            if days_ago > 1:
                shift.with_user(self.env.ref("hospital_base.user_finance_manager")).action_close()
            shift.sudo().write(
                {
                    "opened_at": self._moment(days_ago, 7, 50),
                    "counted_at": self._moment(days_ago, 17, 10),
                    "closed_at": shift.closed_at and self._moment(days_ago, 17, 40),
                }
            )
        return shift

    def _demo_backdate(self, settlements, days_ago, draw):
        """The day on which it is said to have happened."""
        moment = self._moment(days_ago, 8)
        for settlement in settlements.sudo():
            moment = min(moment + timedelta(minutes=draw.randint(4, 90)), self._moment(days_ago, 17))
            day = settlement.company_id._hospital_date(moment)
            settlement.write({"done_at": moment, "day": day})
            for order in settlement.tender_ids.order_id:
                order._write_checked({"paid_at": moment, "day": day, "state_at": moment})

    def _demo_count(self, shift, cashier):
        """What the drawer holds, in as few pieces as possible; fen are rounded away and explained."""
        shift._refresh()
        left = round(shift.cash_expected * 10)
        for row in shift.sudo().count_ids.sorted("denomination", reverse=True):
            row.pieces, left = divmod(left, round(row.denomination * 10))
        if shift.difference:
            shift.sudo().difference_note = "分币尾差"
        shift.with_user(cashier).action_count()
