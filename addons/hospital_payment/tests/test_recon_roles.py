from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves
from odoo.addons.hospital_base.tests.demo import demo_user
from odoo.addons.hospital_base.tests.roles_common import RoleCase

from ..tools.bills import BillLine

READ = (
    "hospital.recon",
    "hospital.recon.item",
    "hospital.recon.log",
    "hospital.recon.detail",
    "hospital.bill",
    "hospital.bill.line",
    "hospital.pay.movement",
    "hospital.bill.template",
)


@tagged("post_install", "-at_install")
class TestReconRoles(RoleCase):
    """Each role logs in and tries, over RPC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        campus = demo_user(cls.env, "finance").hospital_campus_ids[:1]
        other = cls.env["hospital.campus"].create({"name": "别处", "code": "RECONX"})
        cls.company = cls.env.company
        cls.day = cls.company._hospital_today().replace(day=1).replace(year=2024)
        cls.wechat = cls.env.ref("hospital_payment.channel_wechat")
        cls.env["hospital.pay.merchant"].search([("channel_id", "=", cls.wechat.id)]).active = False
        cls.env.flush_all()
        cls.merchant, cls.foreign = cls.env["hospital.pay.merchant"].create(
            [{"name": where.name, "channel_id": cls.wechat.id, "campus_id": where.id} for where in (campus, other)]
        )
        cls.recon, cls.foreign_recon = (cls.take_a_bill(merchant) for merchant in (cls.merchant, cls.foreign))
        cls.env.flush_all()

    @classmethod
    def take_a_bill(cls, merchant):
        at = cls.company._hospital_day_bounds(cls.day)[0]
        line = BillLine("pay", f"P0000000000000{merchant.id:04}", "", "C1", Decimal(5), Decimal(0), at, "SUCCESS")
        recon = cls.env["hospital.recon"]._for(merchant, cls.day)
        recon._take_bill(cls.env["hospital.bill"]._load(merchant, cls.day, [line], "uploaded"), "upload")
        return recon

    @proves("S2-7.1")
    def test_finance_reconciles_its_own_campuses(self):
        self.log_in("finance")
        for model in READ:
            self.ask(model, "search_count", [])
        self.assertEqual(self.ask("hospital.recon", "search", [["day", "=", str(self.day)]]), self.recon.ids)
        self.assertEqual(self.call("hospital.recon", "read", self.foreign_recon.ids, ["state"])[1], "AccessError")
        foreign_line = self.foreign_recon.bill_id.line_ids
        self.assertEqual(self.call("hospital.bill.line", "read", foreign_line.ids, ["amount"])[1], "AccessError")
        for recon in (self.recon, self.foreign_recon):
            for model, ids in (("hospital.recon", recon.ids), ("hospital.recon.item", recon.item_ids.ids)):
                self.assertEqual(self.call(model, "write", ids, {"state": "settled"})[1], "AccessError")
                self.assertEqual(self.call(model, "unlink", ids)[1], "AccessError")
            self.assertEqual(
                self.call("hospital.bill", "write", recon.bill_id.ids, {"state": "deleted"})[1], "AccessError"
            )
        vals = {"recon_id": self.recon.id, "reason": "x", "fetch_again": False}
        self.assertEqual(self.call("hospital.bill.delete", "create", vals)[1], "AccessError")
        items = self.foreign_recon.item_ids.ids
        wizard = self.ask(
            "hospital.recon.decide",
            "create",
            {"item_ids": [[6, 0, self.recon.item_ids.ids]], "decision": "ignore", "reason": "好"},
        )
        self.assertEqual(self.call("hospital.recon.item", "action_decide", items)[1], "AccessError")
        for private in ("_decide", "_carry_out", "_open_again"):
            error = self.call("hospital.recon.item", private, self.recon.item_ids.ids, "ignore", "x")[1]
            self.assertEqual(error, "AccessError", private)
        for private in ("_match", "_fetch", "_drop_bill", "_cron_fetch"):
            self.assertEqual(self.call("hospital.recon", private, self.recon.ids)[1], "AccessError", private)
        self.ask("hospital.recon.decide", "action_decide", [wizard])
        self.assertEqual(self.ask("hospital.recon", "read", self.recon.ids, ["state"])[0]["state"], "settled")

    def test_another_campus_is_not_decided_through_the_wizard(self):
        self.log_in("finance")
        vals = {"item_ids": [[6, 0, self.foreign_recon.item_ids.ids]], "decision": "ignore", "reason": "好"}
        wizard, error = self.call("hospital.recon.decide", "create", vals)
        if not error:
            _done, error = self.call("hospital.recon.decide", "action_decide", [wizard])
        self.assertEqual(error, "AccessError")
        self.assertEqual(self.foreign_recon.item_ids.state, "open")

    def test_the_manager_deletes_bills(self):
        self.log_in("finance_manager")
        vals = {"recon_id": self.recon.id, "reason": "文件错误", "fetch_again": False}
        self.ask("hospital.bill.delete", "action_delete", [self.ask("hospital.bill.delete", "create", vals)])
        self.recon.invalidate_recordset()
        self.assertEqual((self.recon.state, self.recon.bill_id.id), ("waiting", False))

    def test_the_auditor_only_reads(self):
        user = demo_user(self.env, "auditor")
        user.hospital_campus_ids |= self.merchant.campus_id
        self.env.flush_all()
        self.log_in("auditor")
        for model in READ:
            self.ask(model, "search_count", [])
        for method in ("action_match", "action_fetch", "action_upload", "action_delete_bill"):
            self.assertEqual(self.call("hospital.recon", method, self.recon.ids)[1], "AccessError", method)
        for model in ("hospital.bill.upload", "hospital.bank.import", "hospital.recon.decide", "hospital.bill.delete"):
            self.assertEqual(self.call(model, "create", {})[1], "AccessError", model)

    def test_others_see_nothing(self):
        for login in ("registrar", "doctor", "nurse", "pharmacist", "gcp", "cashier", "plain"):
            self.log_in(login)
            for model in READ:
                self.assertEqual(self.call(model, "search_count", [])[1], "AccessError", (login, model))

    def test_home_cards(self):
        self.log_in("finance")
        cards = {card["key"]: card["count"] for card in self.ask("hospital.home", "get_home")["cards"]}
        self.assertGreaterEqual(cards["recon_open"], 1)
        self.assertIn("recon_waiting", cards)
        self.assertNotIn("recon_second", cards)
        self.log_in("finance_manager")
        self.assertIn("recon_second", {card["key"] for card in self.ask("hospital.home", "get_home")["cards"]})
