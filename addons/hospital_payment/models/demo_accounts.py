from odoo import api, fields, models

TOPUPS = (50, 100, 100, 200, 200, 300, 500)
DEPOSITS = (1000, 2000, 3000, 5000, 8000)
UNCLEAR = (
    {"state": "created", "way": "qr"},
    {"state": "paying", "way": "qr"},
    {"state": "unknown", "way": "code", "error": "微信支付没有给出确定的答复。"},
    {"state": "reversing", "way": "code"},
    {"state": "failed", "way": "code", "error": "余额不足"},
    {"state": "failed", "way": "code", "error": "付款码已过期，请顾客刷新后再试"},
    {"state": "closed", "way": "qr", "close_result": "closed"},
    {"state": "closed", "way": "code", "close_result": "refunded"},
    {"state": "closed", "way": "qr", "close_result": "absent"},
    {
        "state": "paying",
        "way": "qr",
        "is_attention": True,
        "error": "渠道显示支付 1.00 元，而不是 100.00 元。请核对后处理。",
    },
)


class HospitalDemo(models.AbstractModel):
    """Two months of top-ups by phone, machine and window, and orders in every state."""

    _inherit = "hospital.demo"

    @api.model
    def _demo_accounts(self):
        if self.env["hospital.account"].search_count([], limit=1):
            return
        draw = self._draw("accounts")
        cashier = self.env.ref("hospital_base.user_cashier")
        campus = cashier.hospital_campus_id
        channels = {channel.code: channel for channel in self.env["hospital.pay.channel"].search([])}
        online = [channels[code] for code in ("wechat", "wechat", "alipay", "unionpay")]
        cards = self.env["hospital.card"].search(
            [("state", "=", "in_use"), ("type_id.may_hold_money", "=", True)], order="id", limit=80
        )
        accounts = [self.env["hospital.account"]._for_card(card, campus) for card in cards]
        for account in accounts:
            for _topup in range(draw.randint(1, 3)):
                self._demo_topup(account, draw.choice(online), draw.choice(TOPUPS), draw.randint(1, 62), draw)
            if draw.random() < 0.4:
                self._demo_spend(account, draw.randint(1, 60), draw)
        stays = self.env["hospital.encounter"].search(
            [("kind", "=", "inpatient"), ("state", "=", "in_progress"), ("campus_id", "=", campus.id)], order="id"
        )
        for stay in stays:
            deposit = self.env["hospital.account"]._for_encounter(stay)
            for _topup in range(draw.randint(0, 2)):
                days = max(1, min(stay.days_in_hospital, draw.randint(1, 20)))
                self._demo_topup(deposit, draw.choice(online), draw.choice(DEPOSITS), days, draw)
        desk = self.env["hospital.pay.order"].with_user(cashier)
        for account in accounts[:6]:
            order = desk._open(
                account,
                "topup_card",
                channels["cash"],
                draw.choice(TOPUPS),
                "cash",
                patient_id=account.patient_id.id,
                account_id=account.id,
            )
            order._pay_cash()
        self._demo_unclear(accounts, channels, cashier)
        self._demo_paid_there()

    def _demo_topup(self, account, channel, amount, days, draw):
        at = self._moment(days, draw.randint(8, 17), draw.randint(0, 59))
        order = self.env["hospital.pay.order"].create(
            {
                **self._demo_order_vals(account, channel, amount, at),
                "way": "qr",
                "place": draw.choice(("app", "app", "kiosk")),
                "state": "paid",
                "business_state": "done",
                "paid_at": at,
                "day": self.env.company._hospital_date(at),
                "channel_number": f"42{at:%Y%m%d}{draw.randrange(10**12):012}",
                "payer": f"o{draw.randrange(10)}***{draw.randrange(10**4):04}",
            }
        )
        account._order_paid(order)

    def _demo_spend(self, account, days, draw):
        amount = min(account.balance, draw.choice((20, 35.5, 60, 88)))
        at = self._moment(days, draw.randint(8, 17), draw.randint(0, 59))
        rows = [{"account_id": account.id, "kind": "spend", "amount": -amount, "place": "kiosk", "at": at}]
        self.env["hospital.account"]._book(rows)

    def _demo_order_vals(self, account, channel, amount, at):
        return {
            "business": f"topup_{account.kind}",
            "res_model": account._name,
            "res_id": account.id,
            "patient_id": account.patient_id.id,
            "encounter_id": account.encounter_id.id,
            "account_id": account.id,
            "campus_id": account.campus_id.id,
            "channel_id": channel.id,
            "amount": amount,
            "sent_at": at,
            "state_at": at,
            "next_check_at": False,
        }

    def _demo_unclear(self, accounts, channels, cashier):
        """Nobody is asked about these: the channels know nothing of them."""
        now = fields.Datetime.now()
        orders = self.env["hospital.pay.order"].with_user(cashier).sudo()
        for number, vals in enumerate(UNCLEAR):
            at = fields.Datetime.subtract(now, minutes=3 * number + 1)
            orders.create({**self._demo_order_vals(accounts[number], channels["wechat"], 100, at), **vals})
        orders.create(
            {
                **self._demo_order_vals(accounts[-1], channels["alipay"], 200, now),
                "way": "code",
                "state": "paid",
                "business_state": "failed",
                "business_error": "账户已关闭，无法入账。",
                "paid_at": now,
                "day": self.env.company._hospital_date(now),
                "channel_number": f"{now:%Y%m%d}22001400000000000000",
            }
        )
