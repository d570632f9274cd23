import inspect

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger
from psycopg2.errors import InsufficientPrivilege

from odoo.addons.hospital_base.tests.common import proves

from ..tools.states import BY_PERSON, STATES, STEPS
from .exchange_common import ExchangeCase, error

LAW = {
    ("pending", "sending"), ("sending", "done"), ("sending", "retry"), ("sending", "unknown"), ("sending", "refused"),
    ("sending", "dead"), ("sending", "pending"), ("retry", "sending"), ("retry", "dead"), ("unknown", "done"),
    ("unknown", "pending"), ("unknown", "closed"), ("unknown", "refused"), ("refused", "pending"),
    ("refused", "closed"),
    ("dead", "pending"), ("dead", "closed"),
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestEngineSteps(ExchangeCase):
    def put(self, message, state):
        self.env.cr.execute(
            SQL("UPDATE hospital_message SET state = %s, sent_at = NULL WHERE id = %s", state, message.id)
        )
        message.invalidate_recordset()

    def test_every_step_that_is_not_in_the_table_is_refused(self):
        message = self.queue().sudo()
        names = [name for name, _label in STATES]
        self.assertEqual({(old, new) for old, targets in STEPS.items() for new in targets}, LAW)
        for old in names:
            for new in names:
                self.put(message, old)
                with self.subTest(old=old, new=new):
                    if (old, new) in LAW:
                        message._step(new, reason="a person")
                        self.assertEqual(message.state, new)
                    else:
                        with self.assertRaises(UserError):
                            message._step(new, reason="a person")
                        self.assertEqual(message.state, old)
                        self.assertIsNone(message._step(new, reason="a person", must=False))

    def test_what_a_person_decides_needs_a_reason(self):
        message = self.queue().sudo()
        for old, new in sorted(BY_PERSON):
            self.put(message, old)
            with self.subTest(old=old, new=new), self.assertRaises(UserError):
                message._step(new)
        self.put(message, "refused")
        operator = message.with_user(self.users["operator"])
        for decision in (operator._retry, operator._close, operator._confirm_done):
            for reason in ("", "  ", None):
                with self.assertRaises(UserError):
                    decision(reason)
        for role in ("clerk",):
            with self.assertRaises(AccessError):
                message.with_user(self.users[role])._retry("because")
        operator._retry("the card number was corrected there")
        self.assertEqual(message.state, "pending")
        self.assertEqual(message.responsible_id, self.users["operator"])
        decision = message.attempt_ids.filtered(lambda row: row.purpose == "person")
        self.assertEqual(decision.user_id, self.users["operator"])
        self.assertIn("corrected there", decision.detail)

    def test_only_one_method_changes_a_state(self):
        """Rows are read-only to everybody, the superuser and the administrator included."""
        message = self.queue()
        attempt = self.env["hospital.message.attempt"]
        attempt._add(message.id, detail="first")
        everybody = [*self.users.values(), self.env.ref("base.user_admin"), self.env.ref("base.user_root")]
        for user in everybody:
            for record in (
                message.with_user(user),
                message.with_user(user).sudo(),
                message.attempt_ids.with_user(user),
            ):
                with self.subTest(user=user.login, model=record._name):
                    for step in (
                        lambda record=record: record.write({"error_code": "x"}),
                        lambda record=record: record.unlink(),
                        lambda record=record: record.create({"message_id": message.id}),
                        lambda record=record: record.copy(),
                    ):
                        with self.assertRaises(UserError):
                            step()
        for model in ("hospital.message", "hospital.message.attempt"):
            methods = [name for name in dir(self.registry[model]) if not name.startswith("_")]
            ours = [name for name in methods if name.startswith(("hospital_", "action_"))]
            for name in ours:
                self.assertNotIn("_step(", inspect.getsource(getattr(self.registry[model], name)))

    @mute_logger("odoo.sql_db")
    def test_tries_and_payloads_are_frozen_in_the_database_itself(self):
        message = self.queue()
        self.deliver()
        for query in (
            "UPDATE hospital_message_attempt SET detail = 'x' WHERE message_id = %s",
            "DELETE FROM hospital_message_attempt WHERE message_id = %s",
            "UPDATE hospital_message SET payload = '{}' WHERE id = %s",
            "UPDATE hospital_message SET number = 'x' WHERE id = %s",
            "UPDATE hospital_message SET key = 'x' WHERE id = %s",
        ):
            with self.subTest(query=query), self.assertRaises(InsufficientPrivilege), self.env.cr.savepoint():
                self.env.cr.execute(query, [message.id])

    def test_a_payload_may_change_until_it_is_sent(self):
        first = self.queue(self.upsert, payload={"bed": 1})
        self.assertEqual(self.queue(self.upsert, payload={"bed": 2}), first)
        self.assertEqual(first.sudo().payload, {"bed": 2})
        self.deliver()
        self.assertEqual(self.queue(self.upsert, payload={"bed": 2}), first, "nothing new to say")
        second = self.queue(self.upsert, payload={"bed": 3})
        self.assertNotEqual(second, first)
        self.deliver()
        self.assertEqual([call[3] for call in self.far.calls], [{"bed": 2}, {"bed": 3}])

    def test_a_newer_value_is_never_overtaken_by_an_older_one(self):
        self.far.answer("set", error("network"), {"ref": "1"})
        old = self.queue(self.upsert, payload={"bed": 1})
        self.deliver()
        self.assertEqual(old.state, "retry")
        new = self.queue(self.upsert, payload={"bed": 2})
        self.assertEqual((old.state, old.is_attention), ("dead", False))
        self.make_due()
        self.deliver()
        self.assertEqual(new.state, "done")
        self.assertEqual([call[3] for call in self.far.calls], [{"bed": 1}, {"bed": 2}])

    def test_secret_columns_cannot_be_reached_by_any_road(self):
        message = self.queue(payload={"name": "张三"})
        self.deliver()
        for user in [*self.users.values(), self.env.ref("base.user_admin")]:
            rows = message.with_user(user)
            for name in ("payload", "request_body", "reply_body", "reply", "request_file", "reply_file"):
                with self.subTest(user=user.login, name=name):
                    with self.assertRaises(AccessError):
                        rows.read([name])
                    with self.assertRaises(AccessError):
                        rows.search([(name, "!=", False)])
                    with self.assertRaises(UserError):
                        rows._read_group([], [name])
                    with self.assertRaises(UserError):
                        rows.export_data([name])
                    with self.assertRaises(Exception):  # noqa: B017 refused one way or another
                        self.assertTrue(rows.search([], order=name).ids)


@tagged("post_install", "-at_install")
class TestEngineRules(ExchangeCase):
    @proves("S2-1.4")
    def test_people_see_the_messages_of_their_campus_and_hospital(self):
        elsewhere = self.make_platform("elsewhere", campus_id=self.other_campus.id)
        theirs = self.make_interfaces(elsewhere)["do"]._queue(self.other_campus, key="A", payload={})
        company = self.env["res.company"].create({"name": "Other hospital"})
        foreign = self.make_platform("foreign", company_id=company.id)
        strange = self.make_interfaces(foreign)["do"]._queue(self.env.user, key="A", payload={})
        ours = self.queue()
        for message in (theirs, strange, ours):
            self.env["hospital.message.attempt"]._add(message.id)
        interfaces = (elsewhere | foreign | self.platform).interface_ids.filtered(lambda one: one.code == "do")
        self.env["hospital.interface.field"].create(
            [
                {"interface_id": one.id, "path": "a", "name": "A", "source": "constant", "value": "1"}
                for one in interfaces
            ]
        )
        for role in ("operator", "admin", "auditor"):
            user = self.users[role]
            fields = self.env["hospital.interface.field"].with_user(user).search([("path", "=", "a")])
            self.assertEqual(fields.interface_id, self.once)
            seen = self.env["hospital.message"].with_user(user).search([])
            self.assertIn(ours, seen)
            self.assertFalse(seen & (theirs | strange))
            tries = self.env["hospital.message.attempt"].with_user(user).search([])
            self.assertFalse(tries.message_id & (theirs | strange))
            platforms = self.env["hospital.platform"].with_user(user).search([])
            self.assertIn(self.platform, platforms)
            self.assertFalse(platforms & (elsewhere | foreign))
            with self.assertRaises(AccessError):
                theirs.with_user(user)._retry("because")
        with self.assertRaises(AccessError):
            self.env["hospital.message"].with_user(self.users["clerk"]).search([])

    def test_bodies_are_read_by_auditors_alone_redacted_and_logged(self):
        self.platform.redact_keys = "name\nphone"
        self.far.answer("do", {"ref": "1", "name": "李四"})
        message = self.queue(payload={"name": "张三", "phone": "13800001234", "ward": "7"})
        self.deliver()
        for role in ("operator", "admin", "clerk"):
            with self.assertRaises(AccessError):
                message.with_user(self.users[role]).hospital_read_bodies()
        before = self.env["hospital.access.log"].sudo().search_count([])
        bodies = message.with_user(self.users["auditor"]).hospital_read_bodies()
        log = self.env["hospital.access.log"].sudo().search([], limit=1)
        self.assertEqual(self.env["hospital.access.log"].sudo().search_count([]), before + 1)
        self.assertEqual((log.user_id, log.model, log.res_id), (self.users["auditor"], "hospital.message", message.id))
        self.assertNotIn("13800001234", repr(bodies))
        self.assertIn("7", bodies["request"])
