from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase
from odoo.tools import SQL

from .caller_common import PARTNERS, CallerMixin
from .channel_common import ChannelCase
from .settle_common import SettleCase


class PhoneCase(CallerMixin, SettleCase, ChannelCase, HttpCase):
    """A patient pays his visit on the phone or at a machine: every call goes over HTTP, the channels are the sandbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        env["hospital.pay.merchant"].create(
            {
                "name": "支付宝",
                "channel_id": env.ref("hospital_payment.channel_alipay").id,
                "campus_id": cls.campus.id,
                "platform_id": cls.platforms["alipay"].id,
            }
        )
        for code in PARTNERS:
            env.ref(f"hospital_payment.platform_{code}").user_id.lang = "en_US"
        cls.account = cls.new_card_account()
        cls.card = cls.account.card_id
        cls.stranger = env["hospital.patient"].create({"name": "李四", "sex": "2"})
        cls.others_visit = cls.new_encounter("outpatient", patient_id=cls.stranger.id)

    def setUp(self):
        super().setUp()
        self.charges = self.visit_charges()  # 13.00 + 18.90

    # === THE PHONE ===

    def call(self, operation, platform="mini_program", number=None, **payload):
        holder = {"card_no": self.card.number, "patient_name": self.patient.name}
        return self.call_in(operation, platform, number, **{**holder, **payload})

    def answer(self, operation, *args, **payload):
        reply = self.call(operation, *args, **payload)
        self.assertEqual(reply["code"], "0", reply)
        return reply["data"]

    def refused(self, operation, *args, code="business", **payload):
        reply = self.call(operation, *args, **payload)
        self.assertEqual(reply["code"], code, reply)
        return reply["message"]

    def past_the_door(self, operation, platform="mini_program", **payload):
        """Without HTTP: within one transaction a refusal of the door undoes also what was committed on other cursors.

        Gives the reply, or the sentence of the refusal.
        """
        user = self.env.ref(f"hospital_payment.user_{platform}")
        interface = self.env.ref(f"hospital_payment.interface_{platform}_{operation}").with_user(user)
        payload = {"card_no": self.card.number, "patient_name": self.patient.name, **payload}
        try:
            return interface._receive(payload)
        except UserError as error:
            return error.args[0]
        finally:
            self.env.invalidate_all()

    def begin(self, number="A1", amount="31.90", platform="mini_program", **more):
        visit = {"visit_no": self.outpatient.number, "channel": "wechat", "amount": amount, "pay_no": number, **more}
        return self.answer("fees_pay", platform, **visit)

    def state(self, reply, platform="mini_program"):
        return self.answer("fees_pay_state", platform, settlement_no=reply["settlement_no"])

    # === THE CHANNEL ===

    def side(self, channel):
        return self.env["hospital.sandbox"]._far_side(self.platforms[channel])

    def order_of(self, reply):
        return self.env["hospital.pay.order"].search([("number", "=", reply["order_no"])])

    def settlement_of(self, reply):
        return self.env["hospital.settlement"].search([("number", "=", reply["settlement_no"])])

    def scans(self, reply, channel="wechat"):
        """The patient pays what he was shown, and the channel calls us."""
        self.side(channel)._pay_qr(self.platforms[channel], reply["order_no"])
        self.notify(reply, channel)
        self.follow_up()

    def notify(self, reply, channel="wechat"):
        record = self.record(channel, reply["order_no"])
        headers, body = self.side(channel)._callback(self.platforms[channel], record)
        self.env.flush_all()
        answer = self.url_open(f"/exchange/{channel}/notify", body, headers=headers)
        self.assertIn(answer.status_code, (200, 204), answer.text)
        self.env.invalidate_all()

    def later(self, reply, **delta):
        order = self.order_of(reply)
        for name in ("sent_at", "next_check_at", "expires_at"):
            if order[name]:
                moment = fields.Datetime.subtract(order[name], **delta)
                query = "UPDATE hospital_pay_order SET %s = %s WHERE id = %s"
                self.env.cr.execute(SQL(query, SQL.identifier(name), moment, order.id))
        self.env.invalidate_all()

    def follow_up(self):
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)["hospital.pay.order"]._cron_follow_up()
        self.env.invalidate_all()

    def refund_to_the_end(self, order, channel="wechat"):
        for _round in range(6):
            self.deliver(self.platforms[channel])
            self.env.cr.execute(
                "UPDATE hospital_refund_line SET sent_at = sent_at - interval '10 minutes' WHERE order_id = %s",
                [order.id],
            )
            self.env.invalidate_all()
            order.refund_line_ids._follow_up()
            self.env.invalidate_all()
            if order.refund_line_ids.state == "done":
                return

    def assert_free(self, charges=None):
        """Nothing of it is half done: the charges can be paid anew."""
        charges = self.charges if charges is None else charges
        self.assertEqual(set(charges.mapped("state")), {"unsettled"})
        lines = self.env["hospital.settlement.line"].search([("charge_id", "in", charges.ids), ("is_live", "=", True)])
        self.assertFalse(lines)
