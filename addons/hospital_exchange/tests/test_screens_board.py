from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.hospital_base.tests.common import proves

from ..tools.errors import CallError
from .exchange_common import ExchangeCase, error


@tagged("post_install", "-at_install")
class TestScreensBoard(ExchangeCase):
    """The board of platforms, the lists behind its numbers, and what administrators do there."""

    def setUp(self):
        super().setUp()
        self.seen = self.platform.with_user(self.users["operator"])

    def fill(self):
        self.far.answer("do", {"ref": "R"}, {"ref": "R"}, error("business"), error("bug"), error("unknown"))
        self.far.answer("ask", error("unknown"))
        for key in "ABCDE":
            self.queue(key=key)
        self.deliver()
        self.far.answer("set", error("network"))
        self.queue(self.upsert, key="F")
        self.deliver()
        self.seen.invalidate_recordset()

    @proves("S2-1.4")
    def test_numbers_are_those_of_the_lists_behind_them(self):
        self.fill()
        numbers = {
            "attention": self.seen.attention_count,
            "waiting": self.seen.waiting_count,
            "unknown": self.seen.unknown_count,
            "refused": self.seen.refused_count,
            "dead": self.seen.dead_count,
        }
        self.assertEqual(numbers, {"attention": 2, "waiting": 1, "unknown": 1, "refused": 1, "dead": 1})
        for which, number in numbers.items():
            action = self.seen.with_context(exchange_filter=which).action_open_messages()
            found = self.env["hospital.message"].with_user(self.users["operator"]).search_count(action["domain"])
            self.assertEqual(found, number, which)
        board = self.seen.board
        self.assertEqual((board["hours"][-1]["done"], board["hours"][-1]["failed"]), (2, 3))
        self.assertEqual((board["total"], board["rate"]), (6, 40.0))

    def test_old_messages_are_not_of_today(self):
        self.fill()
        for message in self.env["hospital.message"].search([("platform_id", "=", self.platform.id)]):
            message._set(create_date=fields.Datetime.now() - timedelta(days=2))
        self.seen.invalidate_recordset()
        self.assertEqual((self.seen.refused_count, self.seen.dead_count, self.seen.board["total"]), (0, 0, 0))
        self.assertEqual((self.seen.waiting_count, self.seen.unknown_count, self.seen.attention_count), (1, 1, 2))

    def test_another_campus_is_not_counted_nor_seen(self):
        self.fill()
        for message in self.env["hospital.message"].search([("platform_id", "=", self.platform.id)]):
            message._set(campus_id=self.other_campus.id)
        self.seen.invalidate_recordset()
        self.assertEqual((self.seen.attention_count, self.seen.board["total"]), (0, 0))
        self.platform.campus_id = self.other_campus
        self.assertFalse(
            self.env["hospital.platform"].with_user(self.users["operator"]).search([("code", "=", "unit")])
        )

    def test_two_statements_for_all_platforms(self):
        platforms = self.platform
        for number in range(5):
            platforms |= self.make_platform(f"p{number}")
        self.env.flush_all()
        platforms.invalidate_recordset()
        platforms = platforms.with_user(self.users["operator"])
        platforms.mapped("board")  # what the registry and the rules look up once is looked up
        platforms.invalidate_recordset(["board", "attention_count"])
        with self.assertQueryCount(2):
            platforms.mapped("board")

    # === HEALTH ===

    def test_health_check_shows_the_answer_without_secrets(self):
        self.platform.health_interface_id = self.read
        self.far.answer("get", {"alive": True, "name": "someone", "token": "abc"})
        shown = self.seen.action_check_health()["params"]["message"]
        self.assertIn("alive", shown)
        self.assertNotIn("someone", shown)
        self.assertNotIn("abc", shown)
        self.far.answer("get", error("network"))
        with self.assertRaisesRegex(CallError, "cannot be reached"):
            self.seen.action_check_health()

    # === MODE ===

    def change(self, mode, user="admin"):
        action = self.platform.with_user(self.users[user]).with_context(exchange_mode=mode).action_change_mode()
        return self.env[action["res_model"]].with_user(self.users[user]).browse(action["res_id"])

    @proves("S2-8.1")
    def test_production_asks_first(self):
        self.queue(key="A")
        wizard = self.change("production")
        self.assertIn("no address", wizard.missing)
        self.assertEqual(wizard.waiting_count, 1)
        with self.assertRaisesRegex(UserError, "for real"):
            wizard.action_confirm()
        self.assertEqual(self.platform.mode, "test")
        self.platform.url_production = "https://pay.example.com"
        wizard = self.change("production")
        self.assertFalse(wizard.missing)
        wizard.confirmed = True
        wizard.action_confirm()
        self.assertEqual(self.platform.mode, "production")
        self.change("disabled").action_confirm()
        self.assertEqual(self.platform.mode, "disabled")
        with self.assertRaises(UserError):
            self.change("disabled")
        for user in ("operator", "clerk"):
            with self.assertRaises(AccessError):
                self.change("production", user)

    def test_missing_secrets_are_named(self):
        self.env["hospital.secret"].create({"platform_id": self.platform.id, "name": "sign_key"})
        self.assertIn("sign_key", self.change("production").missing)

    # === COPY ===

    @proves("S1-3.2")
    def test_a_copy_for_another_campus(self):
        platform = self.platform
        platform.parameter_ids = [fields.Command.create({"name": "app", "value": "H1"})]
        platform.secret_ids = [fields.Command.create({"name": "sign_key", "value": "a very secret key"})]
        platform.write({"health_interface_id": self.read.id, "url_production": "https://x.example.com"})
        copy = platform.with_user(self.users["admin"]).copy()
        self.assertEqual((copy.code, copy.mode), ("unit_2", "disabled"))
        self.assertEqual(sorted(copy.interface_ids.mapped("code")), sorted(platform.interface_ids.mapped("code")))
        once = copy.interface_ids.filtered(lambda interface: interface.code == "do")
        self.assertEqual(once.query_interface_id.platform_id, copy)
        self.assertEqual(once.reversal_interface_id.platform_id, copy)
        self.assertEqual(copy.health_interface_id.code, "get")
        self.assertEqual(copy.health_interface_id.platform_id, copy)
        self.assertEqual(copy.parameter_ids.value, "H1")
        self.assertFalse(copy.secret_ids)
        self.assertFalse(copy.certificate_id)
        self.assertEqual(platform.copy().code, "unit_3")

    # === INTERFACES ===

    @proves("S1-3.1")
    def test_sending_by_schedule_and_by_button_without_code(self):
        self.upsert.model_id = self.env["ir.model"]._get_id("hospital.campus")
        interface = self.upsert.with_user(self.users["admin"])
        interface.action_make_schedule()
        self.assertEqual(interface.timing, "scheduled")
        cron = self.upsert.schedule_id
        local = self.env.company._hospital_timezone().fromutc(cron.nextcall)
        self.assertEqual((local.hour, cron.interval_type), (2, "days"))
        self.assertGreater(cron.nextcall, fields.Datetime.now())
        self.upsert.domain = f"[('id', '=', {self.campus.id})]"
        self.patch(self.registry["hospital.interface"], "_build_fields", lambda own, record, **extra: {"id": record.id})
        cron.ir_actions_server_id.run()
        self.assertEqual(
            self.env["hospital.message"].search([("interface_id", "=", self.upsert.id)]).res_id, self.campus.id
        )
        with self.assertRaises(UserError):
            interface.action_make_schedule()
        interface.action_drop_schedule()
        self.assertFalse(cron.exists())
        interface.action_make_button()
        bindings = self.env["ir.actions.actions"].get_bindings("hospital.campus")
        self.assertIn(self.upsert.name, [action["name"] for action in bindings.get("action", ())])
        interface.action_drop_button()
        self.assertFalse(self.upsert.button_id)
        with self.assertRaises(AccessError):
            self.upsert.with_user(self.users["operator"]).action_make_button()

    def test_what_cannot_be_sent_has_no_button(self):
        with self.assertRaisesRegex(UserError, "source model"):
            self.upsert.action_make_button()
        self.upsert.direction = "in"
        with self.assertRaisesRegex(UserError, "go out"):
            self.upsert.action_make_schedule()

    # === SEARCH ===

    def test_pinyin_initials(self):
        self.platform.name = "区域支付平台"
        self.once.name = "费用结算"
        names = self.env["hospital.platform"].with_user(self.users["operator"]).name_search("QYZF")
        self.assertIn(self.platform.id, [row[0] for row in names])
        names = self.env["hospital.interface"].with_user(self.users["operator"]).name_search("FYJS")
        self.assertIn(self.once.id, [row[0] for row in names])
        self.platform.with_user(self.users["admin"]).name = "改名"
        self.assertEqual(self.platform.initials, "GM")
        self.assertIn("改名", self.platform.cron_id.name)

    def test_one_box_finds_by_what_a_person_has_in_hand(self):
        self.far.answer("do", {"ref": "T%_77"})
        message = self.queue(key="ZY01:5")
        other = self.queue(key="ZY02:5")
        self.deliver()
        message._set(record_name="住院 100%")
        search = self.env["hospital.message"].with_user(self.users["operator"]).search
        both = message | other
        for text, found in (
            (message.number, message),
            (message.number[:8], both),
            ("T%_77", both),
            ("T%", both),
            ("T__77", self.env["hospital.message"]),
            ("ZY01:5", message),
            ("住院 100%", message),
            ("住院", message),
            (self.platform.name, both),
            ("nothing like it", self.env["hospital.message"]),
        ):
            self.assertEqual(search([("search_text", "ilike", text), ("id", "in", both.ids)]), found, text)

    def test_advice_for_every_state(self):
        self.fill()
        for message in self.env["hospital.message"].search([("platform_id", "=", self.platform.id)]):
            self.assertTrue(message.what_to_do, message.state)
        states = dict(self.env["hospital.message"]._fields["state"].selection)
        for state in states:
            for kind in (None, "config", "network", "unknown", "business", "bug"):
                for attention in (True, False):
                    message = self.env["hospital.message"].new(
                        {"state": state, "error_kind": kind, "is_attention": attention}
                    )
                    self.assertTrue(message.what_to_do)
                    self.assertIn(message.tone, ("info", "success", "warning", "danger"))

    # === ROLES ===

    @proves("S2-1.6")
    def test_bodies_are_for_auditors(self):
        self.far.answer("do", {"ref": "R", "name": "someone"})
        message = self.queue(payload={"name": "someone", "amount": "1.00"})
        self.deliver()
        for role in ("operator", "admin", "clerk"):
            with self.assertRaises(AccessError):
                message.with_user(self.users[role]).hospital_read_bodies()
        before = self.env["hospital.access.log"].search_count([("res_id", "=", message.id)])
        bodies = message.with_user(self.users["auditor"]).hospital_read_bodies()
        self.assertIn("1.00", bodies["request"])
        self.assertNotIn("someone", bodies["request"] + bodies["reply"])
        self.assertEqual(self.env["hospital.access.log"].search_count([("res_id", "=", message.id)]), before + 1)

    def test_contents_of_certificates_are_for_the_system_administrator(self):
        admin = self.users["admin"]
        self.assertTrue(self.env["certificate.certificate"].with_user(admin).has_access("read"))
        for model, name in (
            ("certificate.certificate", "content"),
            ("certificate.certificate", "pkcs12_password"),
            ("certificate.key", "content"),
            ("certificate.key", "password"),
            ("certificate.key", "pem_key"),
        ):
            self.assertNotIn(name, self.env[model].with_user(admin).fields_get())

    def test_home_cards_by_role(self):
        home = self.env["hospital.home"]

        def counts(role):
            return {card["key"]: card["count"] for card in home.with_user(self.users[role]).get_home()["cards"]}

        before = counts("operator")
        self.fill()
        self.platform._write_line(breaker_state="open")
        after = counts("operator")
        self.assertEqual(after["messages_attention"], before["messages_attention"] + 2)
        self.assertEqual(after["platforms_down"], before["platforms_down"] + 1)
        self.assertFalse(counts("clerk").keys() & {"messages_attention", "platforms_down"})
