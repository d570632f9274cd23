from odoo import http
from odoo.http import content_disposition, request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class PatientPortal(CustomerPortal):
    """A patient sees and downloads the bills of what was paid for him, and nobody else's."""

    _bills_per_page = 20

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "hospital_bill_count" in counters:
            values["hospital_bill_count"] = self._bills_sudo().search_count(self._bills_domain())
        return values

    @http.route(["/my/bills", "/my/bills/page/<int:page>"], type="http", auth="user", website=True, readonly=True)
    def portal_my_bills(self, page=1, kind=None, **kw):
        invoices_sudo = self._bills_sudo()
        _kinds_sudo = request.env["hospital.invoice.kind"].sudo()  # names for the buttons
        kinds = _kinds_sudo.search([])
        domain = self._bills_domain()
        if kind in kinds.mapped("code"):
            domain = [*domain, ("kind_id.code", "=", kind)]
        else:
            kind = None
        pager = portal_pager(
            url="/my/bills",
            url_args={"kind": kind} if kind else {},
            total=invoices_sudo.search_count(domain),
            page=page,
            step=self._bills_per_page,
        )
        found = invoices_sudo.search(domain, order="id desc", limit=self._bills_per_page, offset=pager["offset"])
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "hospital_bills",
            "bills": found,
            "kinds": kinds,
            "kind": kind,
            "pager": pager,
        }
        return request.render("hospital_invoice.portal_my_bills", values)

    @http.route("/my/bills/<string:number>", type="http", auth="user", website=True, readonly=True)
    def portal_my_bill(self, number, **kw):
        invoice_sudo = self._bill_sudo(number)
        if not invoice_sudo:
            return request.redirect("/my/bills")
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "hospital_bill",
            "bill": invoice_sudo,
            "sheet": invoice_sudo._sheet(),
        }
        return request.render("hospital_invoice.portal_my_bill", values)

    @http.route("/my/bills/<string:number>/pdf", type="http", auth="user", website=True)
    def portal_my_bill_pdf(self, number, **kw):
        invoice_sudo = self._bill_sudo(number)
        if not invoice_sudo or not invoice_sudo.bill_number:
            return request.redirect("/my/bills")
        content = invoice_sudo._pdf("bill_a5")
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/pdf"),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(f"{invoice_sudo.number}.pdf")),
                ("Cache-Control", "no-store"),
            ],
        )

    # === HELPERS ===

    def _bills_sudo(self):
        return request.env["hospital.invoice"].sudo()  # patients have no rights on the model; the domain is their own

    def _bills_domain(self):
        """Of the patient whose contact is signed in, and not of the contact's family or employer."""
        return [("patient_id.partner_id", "=", request.env.user.partner_id.id), ("state", "!=", "void")]

    def _bill_sudo(self, number):
        return self._bills_sudo().search([*self._bills_domain(), ("number", "=", number)], limit=1)
