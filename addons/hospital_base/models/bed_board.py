from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class HospitalBed(models.Model):
    """Who lies in the bed, and the card of the ward board.

    Later addons extend `_board_badges` to put a badge on a card, or `_board_card` to put anything else there.
    """

    _inherit = "hospital.bed"

    stay_ids = fields.One2many("hospital.stay", "bed_id", "Stays", readonly=True)
    current_stay_id = fields.Many2one("hospital.stay", compute="_compute_current_stay", compute_sudo=False)
    encounter_id = fields.Many2one("hospital.encounter", compute="_compute_current_stay", compute_sudo=False)
    state = fields.Selection(
        [("free", "Free"), ("occupied", "Occupied"), ("blocked", "Blocked")],
        compute="_compute_state",
        search="_search_state",
    )
    board_card = fields.Json(compute="_compute_board_card", compute_sudo=False)

    # === COMPUTE ===

    @api.depends("stay_ids.end_at")
    @api.depends_context("uid")
    def _compute_current_stay(self):
        """With the rights of the user: who may not see stays sees only that the bed is occupied."""
        stays = self.env["hospital.stay"]
        if stays.has_access("read"):
            stays = stays.search_fetch([("bed_id", "in", self.ids), ("end_at", "=", False)], ["bed_id", "encounter_id"])
        by_bed = {stay.bed_id.id: stay for stay in stays}
        for bed in self:
            bed.current_stay_id = by_bed.get(bed._origin.id, False)
            bed.encounter_id = bed.current_stay_id.encounter_id

    @api.depends("blocked", "stay_ids.end_at")
    def _compute_state(self):
        _stays_sudo = self.env["hospital.stay"].sudo()  # that a bed is taken is no secret, by whom is
        occupied = {
            bed.id
            for (bed,) in _stays_sudo._read_group([("bed_id", "in", self.ids), ("end_at", "=", False)], ["bed_id"])
        }
        for bed in self:
            bed.state = "occupied" if bed._origin.id in occupied else "blocked" if bed.blocked else "free"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        _stays_sudo = self.env["hospital.stay"].sudo()  # as in _compute_state
        occupied = Domain("id", "in", _stays_sudo._search([("end_at", "=", False)]).subselect("bed_id"))
        domains = {
            "occupied": occupied,
            "blocked": ~occupied & Domain("blocked", "=", True),
            "free": ~occupied & Domain("blocked", "=", False),
        }
        return Domain.OR(domains[state] for state in value if state in domains)

    @api.depends("stay_ids.end_at", "stay_ids.encounter_id.leave_ids.end_at")
    @api.depends_context("uid", "lang")
    def _compute_board_card(self):
        badges = self._board_badges()
        for bed in self:
            bed.board_card = bed._board_card() | {"badges": badges.get(bed.id, [])}

    # === ACTIONS ===

    @api.model
    def action_my_board(self):
        """The board, opened at the ward where the user works."""
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_base.action_hospital_bed_board")
        wards = self.env["hospital.ward"]
        departments = self.env.user._hospital_practitioner().department_ids
        ward = wards.search([("nursing_department_id", "in", departments.ids)], limit=1) or wards.search(
            [("department_ids", "in", departments.ids)], limit=1
        )
        return {
            **action,
            "context": {"hospital_board": True, **({"searchpanel_default_ward_id": ward.id} if ward else {})},
        }

    def action_board_open(self):
        """A click on a card: to the patient, or a patient to the bed."""
        self.ensure_one()
        if self.encounter_id:
            return self.encounter_id._action_open()
        if self.state == "occupied":
            raise UserError(self.env._("You may not see the patient in this bed."))
        if self.blocked:
            raise UserError(
                self.env._(
                    "%(bed)s is blocked: %(reason)s. Choose another bed.",
                    bed=self._place_label(),
                    reason=self.blocked_reason or "–",
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Admit to %s", self._place_label()),
            "res_model": "hospital.admission",
            "view_mode": "form",
            "target": "new",
            "context": {"default_ward_id": self.ward_id.id, "default_bed_id": self.id},
        }

    def action_board_transfer(self):
        return self._board_encounter().action_transfer()

    def action_board_leave(self):
        encounter = self._board_encounter()
        return encounter.action_return() if encounter.is_on_leave else encounter.action_leave()

    def action_board_discharge(self):
        return self._board_encounter().action_discharge()

    def action_board_undo(self):
        return self._board_encounter().action_undo_last()

    def action_board_block(self):
        """Nurses close a bed for repair and open it again; the rest of a bed is base data."""
        self.ensure_one()
        if self.blocked:
            self._set_blocked(False)
            return None
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Block %s", self._place_label()),
            "res_model": "hospital.bed.block",
            "view_mode": "form",
            "target": "new",
            "context": {"default_bed_id": self.id},
        }

    # === BUSINESS ===

    def _set_blocked(self, reason):
        """`reason` closes the bed, none opens it."""
        self.ensure_one()
        if not self.env.user.has_group("hospital_base.group_hospital_nurse"):
            raise AccessError(self.env._("Only nurses block and unblock beds."))
        _bed_sudo = self.sudo()  # nurses change nothing else of a bed
        _bed_sudo.write({"blocked": bool(reason), "blocked_reason": reason or False})

    @api.model
    @api.readonly
    def board_summary(self, domain):
        """Counts on top of the board, for the wards of the beds in `domain`."""
        beds = self.search(domain)
        counts = dict.fromkeys(("free", "occupied", "blocked"), 0)
        for bed in beds:
            counts[bed.state] += 1
        wards = beds.ward_id
        summary = {"beds": len(beds), **counts, "on_leave": 0, "came_today": 0, "went_today": 0, "waiting": 0}
        stays = self.env["hospital.stay"]
        if not stays.has_access("read"):
            return summary
        first, last = self.env.company._hospital_day_bounds(self.env.company._hospital_today())
        came = stays.search([("ward_id", "in", wards.ids), ("start_at", ">=", first), ("start_at", "<", last)])
        went = stays.search([("ward_id", "in", wards.ids), ("end_at", ">=", first), ("end_at", "<", last)])
        inside = (came | went).encounter_id.stay_ids.filtered(lambda stay: stay.ward_id in wards)
        ended = {(stay.encounter_id, stay.end_at) for stay in inside if stay.end_at}
        began = {(stay.encounter_id, stay.start_at) for stay in inside}
        summary.update(
            on_leave=self.env["hospital.leave"].search_count(
                [("end_at", "=", False), ("encounter_id.bed_id", "in", beds.ids)]
            ),
            came_today=sum((stay.encounter_id, stay.start_at) not in ended for stay in came),
            went_today=sum((stay.encounter_id, stay.end_at) not in began for stay in went),
            waiting=self.env["hospital.encounter"].search_count(
                [
                    ("kind", "in", ["inpatient", "observation"]),
                    ("state", "=", "registered"),
                    ("campus_id", "in", wards.campus_id.ids),
                    ("department_id", "in", wards.department_ids.ids),
                ]
            ),
        )
        return summary

    def _board_card(self):
        """What the card of this bed shows; plain values."""
        self.ensure_one()
        encounter = self.encounter_id
        if not encounter:
            return {}
        leave = encounter.current_leave_id
        return {
            "patient": encounter.patient_id.name,
            "sex": encounter.patient_id.sex,
            "age": encounter.patient_id.age,
            "number": encounter.number,
            "days": encounter.days_in_hospital,
            "doctor": encounter.practitioner_id.name or "",
            "department": encounter.department_id.name,
            "diagnosis": encounter.main_condition or "",
            "on_leave": bool(leave),
        }

    def _board_badges(self):
        """{bed id: [{"text", "tone" (a Bootstrap colour), "title"}, …]} for all beds of the board at once."""
        badges = {}
        today = self.env.company._hospital_today()
        for bed in self.filtered("encounter_id"):
            encounter, badges[bed.id] = bed.encounter_id, []
            if leave := encounter.current_leave_id:
                back = leave.expected_back_at
                badges[bed.id].append(
                    {
                        "text": self.env._("Leave overdue") if leave.is_overdue else self.env._("On leave"),
                        "tone": "danger" if leave.is_overdue else "warning",
                        "title": self.env._("Expected back %s", encounter._show_time(back)) if back else "",
                    }
                )
            if encounter.company_id._hospital_date(encounter.start_at) == today:
                badges[bed.id].append(
                    {"text": self.env._("New patient"), "tone": "info", "title": self.env._("Admitted today")}
                )
        return badges

    def _board_encounter(self):
        self.ensure_one()
        if not self.encounter_id:
            raise UserError(self.env._("Nobody lies in %s any more. Reload the board.", self._place_label()))
        return self.encounter_id

    def _place_label(self):
        self.ensure_one()
        return self.env._("%(ward)s bed %(bed)s", ward=self.ward_id.name, bed=self.name)

    def _taken_between(self, start_at, end_at, but_for=None):
        """Whether another encounter than `but_for` has the bed at some time from `start_at` to `end_at` (None: for good)."""
        self.ensure_one()
        return bool(self._free_between(start_at, end_at, but_for) != self)

    def _free_between(self, start_at, end_at, but_for=None):
        """Those of the beds nobody has in the whole period."""
        domain = Domain("bed_id", "in", self.ids) & (Domain("end_at", "=", False) | Domain("end_at", ">", start_at))
        if end_at:
            domain &= Domain("start_at", "<", end_at)
        if but_for:
            domain &= Domain("encounter_id", "!=", but_for.id)
        _stays_sudo = self.env["hospital.stay"].sudo()  # that a bed is taken is no secret, by whom is
        return self - _stays_sudo.search(domain).bed_id.sudo(self.env.su)
