from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL
from odoo.tools.translate import code_translations

from odoo.addons.hospital_base.tests.common import proves

from ..tools.errors import ExchangeError
from ..tools.perform import Outcome
from .exchange_common import ExchangeCase, error

TERMS = {
    "%s does not answer": "%s 无应答",
    "%(count)s calls in a row got no answer. Messages wait; the line is tried again by itself. Find out at "
    "the platform's side, or set it up anew.": "连续 %(count)s 次调用没有应答。",
    "Messages to %s need somebody": "发往 %s 的报文需要处理",
    "%s. Open the messages of the platform; each says what happened and what to do.": "%s。请打开该平台的报文。",
    "The certificate for %s ends": "%s 的证书即将到期",
    "It is valid until %s. Afterwards nothing is sent. Have it renewed and enter the new one.": "有效期至 %s。",
    "The platform says no": "平台拒绝",
}


@tagged("post_install", "-at_install")
class TestMonitorAlerts(ExchangeCase):
    """The owner is told in his own language, once when something changes, and never once per try."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.owner.lang = "zh_CN"
        cls.env.company.partner_id.lang = "en_US"

    def setUp(self):
        super().setUp()
        known = code_translations.get_python_translations
        self.startPatcher(
            patch.object(
                type(code_translations),
                "get_python_translations",
                lambda _self, addon, lang: {**known(addon, lang), **TERMS} if lang == "zh_CN" else known(addon, lang),
            )
        )

    def mails(self):
        return self.env["mail.mail"].sudo().search([("email_to", "like", "owner@example.com")])

    def activity(self, what):
        kind = self.env.ref(f"hospital_exchange.activity_exchange_{what}")
        return self.platform.activity_ids.filtered(lambda activity: activity.activity_type_id == kind)

    def fail(self, times):
        for _try in range(times):
            self.platform.sudo()._note_outcome(Outcome(error=ExchangeError("network")))

    @proves("S1-9.1")
    def test_a_thousand_failing_tries_are_one_mail(self):
        self.fail(1000)
        self.assertEqual((len(self.mails()), len(self.platform.activity_ids)), (1, 1))
        self.assertEqual(self.mails().subject, "Platform unit 无应答")
        self.assertIn("连续 5 次调用没有应答。", self.mails().body_html)
        self.assertIn(f"/odoo/hospital.platform/{self.platform.id}", self.mails().body_html)
        self.assertEqual(self.activity("line").summary, "Platform unit 无应答")

    def test_in_order_again_ends_the_task_whatever_the_language(self):
        self.fail(6)
        self.owner.lang = "en_US"
        self.platform.name = "Renamed"
        self.platform.sudo()._note_outcome(Outcome())
        self.assertFalse(self.platform.activity_ids)
        self.fail(5)
        self.assertEqual(len(self.mails()), 2, "a new trouble is told anew")
        self.assertEqual(self.mails()[0].subject, "Renamed does not answer")

    def test_messages_that_need_somebody_in_the_words_of_the_owner(self):
        self.far.answer("do", error("business"))
        for key in range(20):
            self.queue(key=str(key))
        self.deliver()
        self.assertEqual(len(self.mails()), 1)
        self.assertEqual(self.mails().subject, "发往 Platform unit 的报文需要处理")
        self.assertIn(": 20。请打开该平台的报文。", self.mails().body_html)

    def test_certificates_in_the_words_and_the_calendar_of_the_owner(self):
        self.platform.certificate_id = self.make_certificate()
        self.let_end(6)
        for _day in range(3):
            self.env["hospital.platform"].with_context(lang="en_US")._cron_watch()
        self.assertEqual(self.mails().subject, "Platform unit 的证书即将到期")
        ends = self.env.company._hospital_date(fields.Datetime.now() + timedelta(days=6))
        self.assertIn(f"有效期至 {ends.year}", self.mails().body_html)
        self.assertEqual(len(self.activity("certificate")), 1)
        self.let_end(0.5)
        self.env["hospital.platform"]._cron_watch()
        self.assertEqual(len(self.activity("certificate")), 1, "the older task is done")
        self.let_end(400)
        self.env["hospital.platform"]._cron_watch()
        self.assertFalse(self.activity("certificate"))

    def test_a_new_certificate_is_watched_afresh(self):
        self.platform.certificate_id = self.make_certificate()
        self.let_end(-1)
        self.env["hospital.platform"]._cron_watch()
        self.platform.certificate_id = self.make_certificate()
        self.let_end(20)
        self.env["hospital.platform"]._cron_watch()
        self.assertEqual(len(self.mails()), 2)

    def test_without_an_owner_an_administrator_is_told(self):
        self.env.cr.execute(SQL("UPDATE hospital_platform SET owner_id = NULL WHERE id = %s", self.platform.id))
        self.platform.invalidate_recordset()
        with patch.object(self.registry["hospital.platform"], "_stand_in", lambda platform: self.users["admin"]):
            self.fail(5)
        self.assertEqual(self.activity("line").user_id, self.users["admin"])
