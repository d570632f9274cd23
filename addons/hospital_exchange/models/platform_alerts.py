from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import SQL

WARN_DAYS = (30, 14, 7, 1, 0)


class HospitalPlatform(models.Model):
    """Who is told, and when: one activity and one e-mail to the owner when something changes, never one per try."""

    _inherit = "hospital.platform"

    def _alert_line(self):
        self._alert(
            self.env._("%s does not answer", self.name),
            self.env._(
                "%(count)s calls in a row got no answer. Messages wait; the line is tried again by itself. Find out at "
                "the platform's side, or set it up anew.",
                count=self.breaker_failures,
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
        labels = dict(self.env["hospital.message"]._fields["error_kind"]._description_selection(self.env))
        lines = ", ".join(f"{labels.get(kind, self.env._('Other'))}: {count}" for kind, count in counts.items())
        self._alert(
            self.env._("Messages to %s need somebody", self.name),
            self.env._("%s. Open the messages of the platform; each says what happened and what to do.", lines),
        )

    def _alert(self, summary, text):
        """One activity and one e-mail; nothing of a patient in either."""
        self.ensure_one()
        _sudo = self.sudo()  # a delivery or a clerk's call tells the owner
        owner = _sudo.owner_id.filtered("active") or self._stand_in()
        if not owner:
            return
        _quiet_sudo = _sudo.with_context(mail_activity_quick_update=True)  # the e-mail below is the one that goes out
        _quiet_sudo.activity_schedule(
            "mail.mail_activity_data_todo", user_id=owner.id, summary=summary, note=Markup("<p>%s</p>") % text
        )
        if owner.email:
            link = f"{_sudo.get_base_url()}/odoo/hospital.platform/{self.id}"
            self.env["mail.mail"].sudo().create(
                {
                    "subject": summary,
                    "body_html": Markup('<p>%s</p><p><a href="%s">%s</a></p>') % (text, link, _sudo.name),
                    "email_to": owner.email_formatted,
                    "auto_delete": True,
                }
            )

    def _alert_over(self, what):
        """It went well again: the open activities about it are done."""
        summary = {
            "line": self.env._("%s does not answer", self.name),
            "attention": self.env._("Messages to %s need somebody", self.name),
        }[what]
        _sudo = self.sudo()
        _sudo.activity_ids.filtered(lambda activity: activity.summary == summary).action_feedback(
            feedback=self.env._("It is in order again.")
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
                platform._alert(
                    platform.env._("The certificate for %s ends", platform.name),
                    platform.env._(
                        "It is valid until %s. Afterwards nothing is sent. Have it renewed and enter the new one.",
                        ends.date(),
                    ),
                )
            platform.certificate_warned = level
