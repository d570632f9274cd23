from datetime import timedelta

from odoo import Command, api, models

FORM = "51060101"
REFUSAL = "开票点编码 {place} 未在平台对照"
DAYS = 30


class HospitalDemo(models.AbstractModel):
    """Bills of what the demo hospital has taken, in every state."""

    _inherit = "hospital.demo"

    @api.model
    def _demo_invoices(self):
        demo = self.with_context(tracking_disable=True, mail_create_nolog=True, mail_create_nosubscribe=True, lang=None)
        if self.env["hospital.invoice"].search_count([], limit=1):
            return
        draw = demo._draw("invoices")
        demo._demo_invoice_places()
        self.env.company.hospital_invoice_from = self._moment(DAYS, 0)
        platform = self.env.ref("hospital_invoice.platform_bosssoft")
        mode, platform.mode = platform.mode, "disabled"  # nothing leaves while the past is made up
        demo._demo_extra_business()
        demo._demo_make_bills()
        demo._demo_outage()
        demo._demo_troubles()
        demo._demo_prints(draw)
        demo._demo_portal_patient()
        platform.mode = mode
        demo._demo_play(platform)
        everything = self.env["hospital.invoice"].search([("number", "!=", False)], order="id")
        demo._name_records("bill", everything, module="hospital_invoice")
        demo._demo_billed_there()

    # === PLACES AND FORMS ===

    def _demo_invoice_places(self):
        rows = {}
        for number, campus in enumerate(self.env["hospital.campus"].search([("active", "=", True)], order="id"), 1):
            cashier = self._demo_cashier(campus)
            rows[f"window_{number}"] = {"code": f"W{number:02}", "name": f"{campus.name}1号收费窗口", "campus_id": campus.id,
                                        "user_ids": [Command.set(cashier.ids)]}  # fmt: skip
            rows[f"desk_{number}"] = {
                "code": f"R{number:02}",
                "name": f"{campus.name}住院收费处",
                "campus_id": campus.id,
            }
            for place, prefix, name in (("kiosk", "K", "自助机"), ("app", "A", "手机")):
                rows[f"{place}_{number}"] = {"code": f"{prefix}{number:02}", "name": f"{campus.name}{name}",
                                             "campus_id": campus.id, "place": place}  # fmt: skip
        places = self._load("hospital.invoice.place", "invoice_place", rows, module="hospital_invoice")
        papers = self.env["hospital.invoice.paper"]
        first = 1
        for place in places.filtered(lambda place: place.place == "window"):
            numbers = range(first, first + 40)
            first += 40
            papers.create([{"batch": FORM, "number": f"{number:010d}", "place_id": place.id} for number in numbers])

    def _demo_cashier(self, campus):
        cashiers = [self.env.ref(f"hospital_base.user_{login}") for login in ("cashier", "cashier2")]
        return next((user for user in cashiers if user.hospital_campus_id == campus), self.env["res.users"])

    # === BUSINESS THAT IS NOT THERE YET ===

    def _demo_extra_business(self):
        """A registration fee and two discharges beside the visits that were settled already."""
        cashier = self.env.ref("hospital_base.user_cashier")
        campus = cashier._hospital_campus()
        cash = self.env.ref("hospital_payment.channel_cash")
        visits = self.env["hospital.encounter"].search(
            [("campus_id", "=", campus.id), ("kind", "=", "outpatient"), ("state", "=", "registered"),
             ("charge_ids", "not any", [("state", "=", "unsettled")])], order="id", limit=4,
        )  # fmt: skip
        fee = self.env["product.product"].search(
            [("hospital_kind", "=", "registration"), ("list_price", ">", 0)], order="id", limit=1
        )
        for visit in visits:
            charges = self.env["hospital.charge"]._charge(
                [{"encounter_id": visit.id, "product_id": fee.id, "quantity": 1}]
            )
            self._demo_pay(cashier, visit, sum(charges.mapped("amount")), [{"channel_id": cash.id}])
        stays = self.env["hospital.encounter"].search(
            [("campus_id", "=", campus.id), ("kind", "=", "inpatient"), ("state", "=", "finished"),
             ("charge_ids.state", "=", "unsettled")], order="end_at desc, id desc", limit=3,
        )  # fmt: skip
        card = self.env.ref("hospital_payment.channel_bank_card")
        for number, stay in enumerate(stays):
            total = stay.unsettled_total
            tender = {"channel_id": card.id, "amount": total, "reference": f"{number + 620001}"}
            self._demo_pay(cashier, stay, total, [tender])

    def _demo_pay(self, cashier, encounter, total, tenders):
        self.env["hospital.cash.desk"].with_user(cashier).pay(
            {"encounter_id": encounter.id, "charge_ids": None, "expected": total, "tenders": tenders, "key": False}
        )

    # === BILLS ===

    def _demo_make_bills(self):
        """In the order of the business, each issued before the next one: as if the platform had always been there."""
        since = self.env.company.hospital_invoice_from
        settlements = self.env["hospital.settlement"].search(
            [("state", "in", ("done", "cancelled")), ("done_at", ">=", since)], order="done_at, id"
        )
        entries = self.env["hospital.account.entry"].search(
            [("account_kind", "=", "inpatient"), ("kind", "=", "topup"), ("at", ">=", since)], order="at, id"
        )
        for source in (*entries, *settlements):
            source.with_context(lang=self._demo_lang())._bill_now()
            self._demo_answer()

    def _demo_answer(self):
        """Answer whatever waits now: bills first, then red bills, then the bills for the rest."""
        for _round in range(3):
            waiting = self.env["hospital.invoice"].search([("state", "=", "waiting")], order="id")
            for invoice in waiting:
                if invoice.colour == "blue" and invoice._before() and invoice._before().state != "flushed":
                    continue
                invoice._step("issuing", issue_error=False)
                triple = self._demo_triple(invoice)
                if invoice.colour == "red":
                    invoice.original_id._step("flushing")
                    invoice._flushed(triple)
                    invoice.original_id.state_at = triple["state_at"]
                else:
                    invoice._step("issued", **triple)

    def _demo_outage(self):
        """On the busiest earlier day the platform was away: what waited went together."""
        day, campus, bills = max(
            self.env["hospital.invoice"]._read_group(
                [
                    ("state", "=", "issued"),
                    ("colour", "=", "blue"),
                    ("kind_id.code", "=", "outpatient"),
                    ("bus_day", "<", self._today()),
                ],
                ["bus_day:day", "campus_id"],
                ["id:recordset"],
            ),
            key=lambda row: len(row[2]),
        )
        batch = self.env["hospital.invoice.batch"].create(
            {
                "number": f"PL{day:%Y%m%d}16300000000001",
                "kind_id": bills.kind_id.id,
                "campus_id": campus.id,
                "size": len(bills),
                "state": "done",
            }
        )
        bills.batch_id = batch
        self.env.cr.execute(
            "UPDATE hospital_invoice_batch SET create_date = %s WHERE id = %s",
            [max(bills.mapped("created_at")), batch.id],
        )
        batch.invalidate_recordset(["create_date"])

    # === WHAT NEEDS SOMEBODY ===

    def _demo_troubles(self):
        """The newest visits: two refused, two on paper and one booked, of which two were refunded since, one that waits.

        One of an earlier day has no answer: the platform has it, so that its day does not agree.
        """
        bills = self.env["hospital.invoice"].search(
            [("state", "=", "issued"), ("colour", "=", "blue"), ("kind_id.code", "=", "outpatient"),
             ("is_current", "=", True), ("previous_id", "=", False)], order="bus_time desc, id desc",
        )  # fmt: skip
        if len(bills) < 7:
            return
        self._demo_on_paper(bills[0])
        self._demo_on_paper(bills[1])
        self._demo_stop(bills[1], "paper")
        self._demo_stop(bills[2], "booked")
        self._demo_unissued(bills[3], "failed", REFUSAL.format(place=bills[3].place_id.code))
        self._demo_unissued(bills[4], "failed", "交款人姓名含有平台不支持的字符")
        self._demo_unissued(bills[5], "waiting", "博思电子票据 网络不通，恢复后自动开具")
        cashier = self.env.ref("hospital_base.user_cashier")
        compared = self._today() - timedelta(days=1)  # what is before was compared by now, also shortly after midnight
        earlier = bills[6:].filtered(lambda bill: bill.bus_day < compared and bill.user_id == cashier)
        if earlier:
            self._demo_unissued(earlier[0], "waiting", "平台超过30秒没有答复，请点“立即查询平台”")
            self._demo_lost_answer(earlier[0])

    def _demo_on_paper(self, invoice):
        papers = self.env["hospital.invoice.paper"]
        paper = papers.search(
            [("place_id", "=", invoice.place_id.id), ("state", "=", "blank")], order="number", limit=1
        )
        if not paper:
            return
        paper._use(invoice, "换开")
        invoice._step("on_paper", paper_id=paper.id)

    def _demo_stop(self, invoice, reason):
        """All of it was refunded and the bill cannot simply be flushed."""
        charges = invoice.settlement_id.line_ids.charge_id
        quantities = {charge.id: charge.open_quantity for charge in charges}
        invoice.settlement_id.with_user(invoice.user_id)._refund_lines(quantities, "检查未做，全额退费")
        red = invoice.red_ids
        red._step("issuing")
        invoice._step("flushing")
        red._stop(reason)
        red.issue_error = False

    def _demo_unissued(self, invoice, state, error):
        """As if the platform had never taken it."""
        invoice.write(
            {"state": state, "issue_error": error, "batch_code": False, "bill_number": False, "check_code": False,
             "created_at": False, "created_text": False}
        )  # fmt: skip

    # === PRINTS AND THE PORTAL ===

    def _demo_prints(self, draw):
        bills = self.env["hospital.invoice"].search([("state", "=", "issued"), ("colour", "=", "blue")], order="id")
        for invoice in bills:
            chance = draw.random()
            if chance < 0.6:
                invoice.with_user(invoice.user_id).sudo()._print("electronic")
            if chance < 0.06:
                invoice.with_user(invoice.user_id).sudo()._print("electronic", reason="票据遗失")

    def _demo_portal_patient(self):
        """Somebody who reads his bills on his phone: login and password are "patient"."""
        invoices = self.env["hospital.invoice"].search(
            [("colour", "=", "red"), ("state", "=", "issued"), ("original_id.next_ids", "!=", False)], order="id"
        )
        patient = invoices[:1].patient_id or self.env["hospital.invoice"].search([], limit=1).patient_id
        if not patient or self._get("user_patient", module="hospital_invoice"):
            return
        partner = patient.partner_id or self.env["res.partner"].create(
            {"name": patient.name, "lang": self._demo_lang()}
        )
        patient.partner_id = partner
        users = self._load(
            "res.users",
            "user",
            {
                "patient": {
                    "name": patient.name,
                    "login": "patient",
                    "password": "patient",
                    "partner_id": partner.id,
                    "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
                }
            },
            module="hospital_invoice",
        )
        users.partner_id.lang = self._demo_lang()

    def _demo_lang(self):
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return "zh_CN" if "zh_CN" in codes else codes[0]
