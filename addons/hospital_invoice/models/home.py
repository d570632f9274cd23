from datetime import timedelta

from odoo import _, fields, models

CASHIER = "hospital_base.group_hospital_cashier"
CLERK = "hospital_base.group_hospital_finance_clerk"
LONG = timedelta(minutes=30)


class HospitalHome(models.AbstractModel):
    """Bills that nobody will issue unless somebody looks."""

    _inherit = "hospital.home"

    def _cards(self):
        return super()._cards() + self._invoice_cards()

    def _invoice_cards(self):
        common = {"section": "payment", "model": "hospital.invoice", "amount": "amount"}
        bills = {"action": "hospital_invoice.action_hospital_invoice", **common}
        long_ago = fields.Datetime.to_string(fields.Datetime.now() - LONG)
        stuck = [("state", "in", ("waiting", "issuing", "flushing")), ("state_at", "<", long_ago)]
        return [
            self._card(
                "invoices_stopped",
                _("Bills that need a decision"),
                todo=_("Read why they stopped and press the button that fits."),
                icon="fa-hand-paper-o",
                tone="alert",
                domain=[("state", "=", "stopped")],
                groups=CLERK,
                **bills,
            ),
            self._card(
                "invoices_failed",
                _("Bills the platform refused"),
                todo=_("Put right what it complains about, then issue again."),
                icon="fa-exclamation-circle",
                tone="alert",
                domain=[("state", "=", "failed")],
                groups=CLERK,
                **bills,
            ),
            self._card(
                "invoices_unknown",
                _("Bills without a certain answer"),
                todo=_("The platform is asked by itself; look at the old ones."),
                icon="fa-question-circle",
                tone="task",
                domain=[("state", "=", "unknown")],
                groups=CLERK,
                **bills,
            ),
            self._card(
                "invoices_late",
                _("Bills that have waited for half an hour"),
                todo=_("See whether the platform is down; they go out by themselves when it is back."),
                icon="fa-hourglass-half",
                tone="task",
                domain=stuck,
                groups=CLERK,
                **bills,
            ),
            self._card(
                "my_invoices_task",
                _("Bills of my settlements that are stuck"),
                todo=_("Tell the patient that the bill comes later; finance looks after it."),
                icon="fa-file-text-o",
                tone="task",
                domain=[("is_task", "=", True), ("user_id", "=", self.env.uid)],
                groups=CASHIER,
                **bills,
            ),
        ]
