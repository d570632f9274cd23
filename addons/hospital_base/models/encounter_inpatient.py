from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .encounter import KINDS_WITH_BED


class HospitalEncounter(models.Model):
    """The life of an encounter that needs a bed: admission, transfers, leaves, discharge, and the undoing of each.

    Later addons ask `_stay_at`, `_ward_at`, `_on_leave_at` and `_stay_segments`, and extend `_admit`, `_transfer`, `_discharge`,
    `_undo_discharge`, `_undo_transfer`, `_start_leave`, `_end_leave` to react. `_stays_changed(since)` is called after each of them with the
    first moment for which the answer of those questions may be another one now.
    """

    _inherit = "hospital.encounter"

    ward_id = fields.Many2one(
        "hospital.ward", compute="_compute_place", store=True, index="btree_not_null", ondelete="restrict"
    )
    bed_id = fields.Many2one("hospital.bed", compute="_compute_place", store=True, ondelete="restrict")
    stay_ids = fields.One2many("hospital.stay", "encounter_id", "Stays", readonly=True, copy=False)
    leave_ids = fields.One2many("hospital.leave", "encounter_id", "Leaves", readonly=True, copy=False)
    current_leave_id = fields.Many2one("hospital.leave", "Current leave", compute="_compute_current_leave")
    is_on_leave = fields.Boolean("On leave", compute="_compute_current_leave", search="_search_is_on_leave")

    has_bed = fields.Boolean("Needs a bed", compute="_compute_has_bed")
    inpatient_status = fields.Selection(
        [
            ("waiting", "Waiting for a bed"),
            ("in_bed", "In hospital"),
            ("on_leave", "On leave"),
            ("discharged", "Discharged"),
            ("cancelled", "Cancelled"),
        ],
        "Status",
        compute="_compute_inpatient_status",
    )

    # === COMPUTE ===

    @api.depends("kind")
    def _compute_has_bed(self):
        for encounter in self:
            encounter.has_bed = encounter.kind in KINDS_WITH_BED

    @api.depends("state", "is_on_leave")
    def _compute_inpatient_status(self):
        status = {"registered": "waiting", "in_progress": "in_bed", "finished": "discharged", "cancelled": "cancelled"}
        for encounter in self:
            encounter.inpatient_status = "on_leave" if encounter.is_on_leave else status[encounter.state]

    @api.depends("leave_ids.start_at", "leave_ids.end_at")
    def _compute_current_leave(self):
        for encounter in self:
            encounter.current_leave_id = encounter.leave_ids.filtered(lambda leave: not leave.end_at)[:1]
            encounter.is_on_leave = bool(encounter.current_leave_id)

    def _search_is_on_leave(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("leave_ids", "any", [("end_at", "=", False)])

    # === ACTIONS ===

    def action_admit(self):
        return self._open_wizard("hospital.admission", self.env._("Admit %s", self.patient_id.name))

    def action_transfer(self):
        return self._open_wizard("hospital.transfer", self.env._("Transfer %s", self.patient_id.name))

    def action_leave(self):
        return self._open_wizard("hospital.leave.start", self.env._("Leave of absence of %s", self.patient_id.name))

    def action_return(self):
        return self._open_wizard("hospital.leave.end", self.env._("%s is back", self.patient_id.name))

    def action_discharge(self):
        return self._open_wizard("hospital.discharge", self.env._("Discharge %s", self.patient_id.name))

    def action_undo_discharge(self):
        return self._open_wizard(
            "hospital.stay.undo", self.env._("Undo the discharge of %s", self.patient_id.name), operation="discharge"
        )

    def action_undo_last(self):
        """Take back the last step: the last transfer, or the admission when there was none."""
        operation = "transfer" if len(self.stay_ids) > 1 else "admission"
        title = self.env._("Undo the transfer") if operation == "transfer" else self.env._("Undo the admission")
        return self._open_wizard("hospital.stay.undo", title, operation=operation)

    # === QUESTIONS ===

    def _stay_at(self, moment):
        """The stay that covers a moment, empty before the admission and from the discharge on."""
        self.ensure_one()
        return self.stay_ids.filtered(lambda stay: stay._covers(moment))[:1]

    def _ward_at(self, moment):
        return self._stay_at(moment).ward_id

    def _on_leave_at(self, moment):
        """The leave that covers a moment."""
        self.ensure_one()
        return self.leave_ids.filtered(lambda leave: leave._covers(moment))[:1]

    def _stay_segments(self):
        """[(start_at, end_at or None, stay), …] in order of time and without gaps."""
        self.ensure_one()
        return [(stay.start_at, stay.end_at or None, stay) for stay in self.stay_ids.sorted("start_at")]

    # === STEPS ===

    def _admit(self, bed, at=None, department=None, practitioner=None, reason=None):
        """Put a registered patient into the first bed."""
        self.ensure_one()
        at = self._clean_moment(at, reason)
        department, practitioner = self._settle_place(bed, department, practitioner)
        with self._one_winner(bed):
            if self.kind not in KINDS_WITH_BED:
                raise UserError(
                    self.env._(
                        "Only inpatients and patients under observation get a bed. Register an inpatient encounter "
                        "first."
                    )
                )
            if self.state != "registered":
                raise UserError(
                    self.env._("Only a registered patient can be admitted. This encounter is: %s.", self._state_label())
                )
            birth = self.patient_id.birth_date
            if birth and self.company_id._hospital_date(at) < birth:
                raise UserError(self.env._("The admission lies before the birth of the patient. Correct the time."))
            self._check_patient_free(at)
            self._check_bed(bed, at, None)
            self._make_stay(bed, department, practitioner, at, None, reason)
            _encounter_sudo = self.sudo()  # state and times are closed to direct writing
            _encounter_sudo.write({"state": "in_progress", "start_at": at})
        self._log_line(
            self._with_reason(
                self.env._(
                    "Admitted to %(place)s on %(at)s.", place=self.stay_ids._place_label(), at=self._show_time(at)
                ),
                reason,
            )
        )
        self._stays_changed(at)

    def _transfer(self, bed, at=None, department=None, practitioner=None, reason=None):
        """Move to another bed, ward, department or doctor. In the past: until the next move that is already recorded."""
        self.ensure_one()
        at = self._clean_moment(at, reason)
        with self._one_winner(bed):
            self._check_in_bed()
            first = self.stay_ids.sorted("start_at")[0]
            if at <= first.start_at:
                raise UserError(
                    self.env._(
                        "The transfer must be after the admission of %s. Correct the time.",
                        self._show_time(first.start_at),
                    )
                )
            stay = self._stay_at(at)
            if stay.start_at == at:
                raise UserError(
                    self.env._(
                        "The patient was already moved at exactly this time. Undo that transfer or choose another time."
                    )
                )
            department, practitioner = self._settle_place(bed, department, practitioner or stay.practitioner_id, stay)
            if stay._is_same_place(bed, department, practitioner):
                raise UserError(
                    self.env._(
                        "The patient is already in this bed with this department and doctor. Choose another bed, "
                        "department or doctor."
                    )
                )
            if leave := self._leave_around(at):
                raise UserError(
                    self.env._(
                        "The patient was on leave from %(start)s to %(end)s. Record the return first, or choose a "
                        "time outside of the leave.",
                        start=self._show_time(leave.start_at),
                        end=self._show_time(leave.end_at) if leave.end_at else self.env._("now"),
                    )
                )
            end_at = stay.end_at
            if bed != stay.bed_id:
                self._check_bed(bed, at, end_at)
            _stay_sudo = stay.sudo()  # users may only read stays; the rules are checked above
            _stay_sudo.end_at = at
            _stay_sudo.flush_recordset()
            self._make_stay(bed, department, practitioner, at, end_at, reason)
        new = self._stay_at(at)
        self._log_line(
            self._with_reason(
                self.env._(
                    "Transferred from %(old)s to %(new)s on %(at)s.",
                    old=stay._place_label(),
                    new=new._place_label(),
                    at=self._show_time(at),
                ),
                reason,
            )
        )
        self._stays_changed(at)
        return new

    def _discharge(self, at=None, way="1", reason=None):
        """The patient leaves; an open leave ends with it, for whoever does not come back is discharged from leave."""
        self.ensure_one()
        at = self._clean_moment(at, reason)
        with self._one_winner():
            self._check_in_bed()
            last = self.stay_ids.sorted("start_at")[-1]
            if at <= last.start_at:
                raise UserError(
                    self.env._(
                        "The discharge must be after the last move on %s. Correct the time.",
                        self._show_time(last.start_at),
                    )
                )
            for leave in self.leave_ids:
                if at <= leave.start_at or (leave.end_at and at < leave.end_at):
                    raise UserError(
                        self.env._(
                            "The discharge must be after the leave of %(start)s to %(end)s. Correct the time.",
                            start=self._show_time(leave.start_at),
                            end=self._show_time(leave.end_at) if leave.end_at else self.env._("now"),
                        )
                    )
            _leave_sudo, _stay_sudo, _encounter_sudo = (
                self.current_leave_id.sudo(),
                last.sudo(),
                self.sudo(),
            )  # closed to direct writing
            _leave_sudo.write({"end_at": at, "ended_by_discharge": True})
            _stay_sudo.end_at = at
            _encounter_sudo.write({"state": "finished", "end_at": at, "discharge_way": way})
        label = dict(self._fields["discharge_way"]._description_selection(self.env))[way]
        self._log_line(
            self._with_reason(self.env._("Discharged on %(at)s: %(way)s.", at=self._show_time(at), way=label), reason)
        )
        self._stays_changed(at)

    def _undo_discharge(self, reason, bed=None):
        """Back into the same bed, or, when it was taken meanwhile, into a bed that has been free since the discharge."""
        self.ensure_one()
        self._check_reason(reason)
        last = self.stay_ids.sorted("start_at")[-1:]
        bed = bed or last.bed_id
        with self._one_winner(bed):
            if self.state != "finished" or not last:
                raise UserError(
                    self.env._(
                        "Only a discharged patient can be taken back. This encounter is: %s.", self._state_label()
                    )
                )
            discharged_at = last.end_at
            if self.kind == "inpatient":
                self._check_no_open_inpatient([{"patient_id": self.patient_id.id, "kind": "inpatient"}])
            self._check_patient_free(discharged_at)
            self._check_bed(bed, discharged_at, None)
            if bed == last.bed_id:
                _stay_sudo = last.sudo()  # users may only read stays
                _stay_sudo.end_at = False
            else:
                department, practitioner = self._settle_place(bed, None, last.practitioner_id, last)
                self._make_stay(bed, department, practitioner, discharged_at, None, reason)
            _leave_sudo, _encounter_sudo = (
                self.leave_ids.filtered("ended_by_discharge").sudo(),
                self.sudo(),
            )  # closed to direct writing
            if bed == last.bed_id:
                _leave_sudo.write({"end_at": False, "ended_by_discharge": False})
            else:
                _leave_sudo.write({"ended_by_discharge": False})
            _encounter_sudo.write({"state": "in_progress", "end_at": False, "discharge_way": False})
        self._log_line(
            self._with_reason(
                self.env._(
                    "Discharge of %(at)s undone, the patient is in %(place)s.",
                    at=self._show_time(discharged_at),
                    place=self.stay_ids.sorted("start_at")[-1]._place_label(),
                ),
                reason,
            )
        )
        self._stays_changed(discharged_at)

    def _undo_transfer(self, reason, stay=None):
        """Take back a move: the stay before it goes on in its own bed until the next move."""
        self.ensure_one()
        self._check_reason(reason)
        chain = self.stay_ids.sorted("start_at")
        stay = stay or chain[-1:]
        previous = chain.filtered(lambda one: one.start_at < stay.start_at)[-1:] if stay else stay
        with self._one_winner(previous.bed_id):
            self._check_in_bed()
            if stay not in chain or not previous:
                raise UserError(self.env._("There is no transfer to undo. Undo the admission instead."))
            start_at, end_at, text = stay.start_at, stay.end_at, stay._place_label()
            if previous.bed_id != stay.bed_id:
                self._check_bed(previous.bed_id, start_at, end_at)
            _stay_sudo, _previous_sudo = stay.sudo(), previous.sudo()  # users may only read stays
            _stay_sudo.unlink()
            _previous_sudo.end_at = end_at
        self._log_line(
            self._with_reason(
                self.env._("Transfer to %(place)s on %(at)s undone.", place=text, at=self._show_time(start_at)), reason
            )
        )
        self._stays_changed(start_at)

    def _undo_admission(self, reason):
        """Back to the waiting list: the patient never lay there."""
        self.ensure_one()
        self._check_reason(reason)
        with self._one_winner():
            self._check_in_bed()
            if len(self.stay_ids) > 1:
                raise UserError(
                    self.env._("The patient was transferred already. Undo the transfers first, then the admission.")
                )
            if self.leave_ids:
                raise UserError(self.env._("A leave of absence is recorded. Remove it first, then undo the admission."))
            if self._has_charges():
                raise UserError(self.env._("Charges are still on this encounter. Cancel the charges first."))
            start_at, text = self.start_at, self.stay_ids._place_label()
            _stays_sudo, _encounter_sudo = self.stay_ids.sudo(), self.sudo()  # closed to direct writing
            _stays_sudo.unlink()
            _encounter_sudo.write({"state": "registered", "start_at": False})
        self._log_line(
            self._with_reason(
                self.env._("Admission to %(place)s on %(at)s undone.", place=text, at=self._show_time(start_at)), reason
            )
        )
        self._stays_changed(start_at)

    def _start_leave(self, at=None, expected_back_at=None, reason=None, approved_by=None, end_at=None):
        """Leave of absence within one stay; with `end_at`, one that is already over."""
        self.ensure_one()
        at = self._clean_moment(at, reason)
        end_at = end_at and self._clean_moment(end_at, reason)
        with self._one_winner():
            self._check_in_bed()
            if self.current_leave_id and not end_at:
                raise UserError(
                    self.env._(
                        "The patient is already on leave since %s. Record the return first.",
                        self._show_time(self.current_leave_id.start_at),
                    )
                )
            if (end_at and end_at <= at) or (expected_back_at and expected_back_at <= at):
                raise UserError(self.env._("The return must be after the beginning of the leave. Correct the time."))
            stay = self._stay_at(at)
            if not stay:
                raise UserError(
                    self.env._(
                        "The leave must begin after the admission of %s. Correct the time.",
                        self._show_time(self.start_at),
                    )
                )
            if stay.end_at and (not end_at or end_at > stay.end_at):
                raise UserError(
                    self.env._(
                        "The patient was moved on %s. A leave cannot go across a transfer: correct the time.",
                        self._show_time(stay.end_at),
                    )
                )
            if self.leave_ids.filtered(
                lambda leave: (not leave.end_at or leave.end_at > at) and (not end_at or leave.start_at < end_at)
            ):
                raise UserError(self.env._("Another leave of absence is recorded for this time. Correct the time."))
            _leaves_sudo = self.env["hospital.leave"].sudo()  # users may only read leaves; the rules are checked above
            leave = _leaves_sudo.create(
                {
                    "encounter_id": self.id,
                    "start_at": at,
                    "end_at": end_at,
                    "expected_back_at": expected_back_at or end_at,
                    "reason": reason,
                    "approved_by_id": approved_by.id if approved_by else False,
                }
            )
        self._log_line(
            self._with_reason(self.env._("On leave from %(period)s.", period=leave.sudo(False)._period_label()), reason)
        )
        self._stays_changed(at)
        return leave.sudo(False)

    def _end_leave(self, at=None, reason=None):
        self.ensure_one()
        at = self._clean_moment(at, reason)
        with self._one_winner():
            leave = self.current_leave_id
            if not leave:
                raise UserError(self.env._("The patient is not on leave."))
            if at <= leave.start_at:
                raise UserError(self.env._("The return must be after the beginning of the leave. Correct the time."))
            _leave_sudo = leave.sudo()  # users may only read leaves
            _leave_sudo.end_at = at
        self._log_line(self._with_reason(self.env._("Back from leave on %s.", self._show_time(at)), reason))
        self._stays_changed(leave.start_at)

    def _remove_leave(self, leave, reason):
        """A leave that did not take place."""
        self.ensure_one()
        self._check_reason(reason)
        with self._one_winner():
            self._check_in_bed()
            if leave not in self.leave_ids:
                raise UserError(self.env._("This leave belongs to another patient."))
            start_at, text = leave.start_at, leave._period_label()
            _leave_sudo = leave.sudo()  # users may only read leaves
            _leave_sudo.unlink()
        self._log_line(self._with_reason(self.env._("Leave of %s removed.", text), reason))
        self._stays_changed(start_at)

    def _stays_changed(self, since):
        """Hook: stays or leaves of this encounter are other ones now, from `since` on."""
