from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import SQL, format_date

WARN_DAYS = (30, 14, 7, 1, 0)


class HospitalPlatform(models.Model):
    """Who is told, and when: one activity and one e-mail to the owner when something changes, never one per try."""

    _inherit = "hospital.platform"

    # === CRUD ===

    def write(self, vals):
        if "certificate_id" in vals:
            vals = {**vals, "certificate_warned": 0}
        return super().write(vals)

    # === BUSINESS ===

    def _alert_line(self):
        owner, platform = self._told()
        platform._alert(
            owner,
            "line",
            platform.env._("%s does not answer", platform.name),
            platform.env._(
                "%(count)s calls in a row got no answer. Messages wait; the line is tried again by itself. Find out at "
                "the platform's side, or set it up anew.",
                count=platform.breaker_failures,
            ),
        )

    def _alert_attention(self):
        """Messages need somebody: told when there were none before, and again only after somebody has cleared them."""
        self.ensure_one()
        query = SQL(
            "SELECT error_kind, count(*) FROM (SELECT error_kind FROM hospital_message "
            "WHERE platform_id = %s AND is_attention LIMIT 1000) AS open GROUP BY 1",
            self.id,
        )
        counts = dict(self.env.execute_query(query))
        if bool(counts) == self.attention_alerted:
            return
        self.attention_alerted = bool(counts)
        if not counts:
            self._alert_over("attention")
            return
        owner, platform = self._told()
        labels = dict(platform.env["hospital.message"]._fields["error_kind"]._description_selection(platform.env))
        lines = ", ".join(f"{labels.get(kind, platform.env._('Other'))}: {count}" for kind, count in counts.items())
        platform._alert(
            owner,
            "attention",
            platform.env._("Messages to %s need somebody", platform.name),
            platform.env._("%s. Open the messages of the platform; each says what happened and what to do.", lines),
        )

    def _told(self):
        """(who is told, the platform in the language of that person)"""
        self.ensure_one()
        _sudo = self.sudo()  # a delivery or a clerk's call tells the owner
        owner = _sudo.owner_id.filtered("active") or self._stand_in()
        return owner, _sudo.with_context(lang=owner.lang or self.env.lang)

    def _alert(self, owner, what, summary, text):
        """One activity and one e-mail; nothing of a patient in either."""
        if not owner:
            return
        _quiet_sudo = self.with_context(mail_activity_quick_update=True)  # the e-mail below is the one that goes out
        _quiet_sudo.activity_schedule(
            f"hospital_exchange.activity_exchange_{what}",
            user_id=owner.id,
            summary=summary,
            note=Markup("<p>%s</p>") % text,
        )
        if owner.email:
            link = f"{self.get_base_url()}/odoo/hospital.platform/{self.id}"
            self.env["mail.mail"].create(
                {
                    "subject": summary,
                    "body_html": Markup('<p>%s</p><p><a href="%s">%s</a></p>') % (text, link, self.name),
                    "email_to": owner.email_formatted,
                    "auto_delete": True,
                }
            )

    def _alert_over(self, what):
        """It went well again: the open activities about it are done."""
        _owner, platform = self._told()
        platform.activity_feedback(
            [f"hospital_exchange.activity_exchange_{what}"], feedback=platform.env._("It is in order again.")
        )

    def _stand_in(self):
        group = self.env.ref("hospital_exchange.group_exchange_admin")
        return group.sudo().all_user_ids.filtered(lambda user: user.active and not user.share)[:1]

    # === CERTIFICATES ===

    @api.model
    def _cron_watch(self):
        """Once a day: warn 30, 14, 7 and 1 days before a certificate ends, and when it has."""
        now = fields.Datetime.now()
        for platform in self.search([("certificate_id", "!=", False), ("mode", "!=", "disabled")]):
            ends = platform.sudo().certificate_id.date_end
            if not ends:
                continue
            passed = [days for days in WARN_DAYS if ends - now <= timedelta(days=days)]
            level = min(passed) + 1 if passed else 0  # 0: nothing to warn of
            if level and (not platform.certificate_warned or level < platform.certificate_warned):
                platform._alert_certificate(ends)
            elif not level and platform.certificate_warned:
                platform._alert_over("certificate")
            platform.certificate_warned = level

    def _alert_certificate(self, ends):
        self._alert_over("certificate")
        owner, platform = self._told()
        platform._alert(
            owner,
            "certificate",
            platform.env._("The certificate for %s ends", platform.name),
            platform.env._(
                "It is valid until %s. Afterwards nothing is sent. Have it renewed and enter the new one.",
                format_date(platform.env, self.company_id._hospital_date(ends)),
            ),
        )
