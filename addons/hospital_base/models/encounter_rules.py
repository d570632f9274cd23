from contextlib import contextmanager
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import LockError, UserError

from ..tools.uniqueness import unique_or_sentence


class HospitalEncounter(models.Model):
    """The rules of beds, stays and leaves, and the only hand that writes stays; the steps are in `encounter_inpatient.py`."""

    _inherit = "hospital.encounter"

    # === CHECKS ===

    @contextmanager
    def _one_winner(self, bed=None):
        """Two clerks at once: one does it, the other reads why not. Locks the encounter and the bed; the database has the last word."""
        self.check_access("write")
        _encounter_sudo, _bed_sudo = (
            self.sudo(),
            bed.sudo() if bed else None,
        )  # a lock needs no more rights than the step itself
        try:
            _encounter_sudo.lock_for_update(allow_referencing=True)
            if _bed_sudo:
                _bed_sudo.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._(
                    "A colleague is changing this patient or this bed at the moment. Wait a moment and try again."
                )
            ) from error
        self.invalidate_recordset()
        with unique_or_sentence(
            self.env,
            {
                "hospital_stay_one_patient_per_bed": lambda: self._bed_taken_sentence(bed),
                "hospital_stay_one_bed_per_patient": self._colleague_sentence,
                "hospital_leave_one_at_a_time": self._colleague_sentence,
            },
        ):
            yield

    def _colleague_sentence(self):
        return self.env._(
            "A colleague has just recorded another bed or leave for this patient. Look at the encounter again."
        )

    def _clean_moment(self, at, reason):
        """Whole seconds, not in the future, and with a reason when it is long ago."""
        now = fields.Datetime.now().replace(microsecond=0)
        at = fields.Datetime.to_datetime(at or now).replace(microsecond=0)
        if at == now.replace(second=0):
            at = now  # times are typed to the minute: this minute means now, also after an earlier step of this minute
        if at > now:
            raise UserError(
                self.env._("%s lies in the future. Enter the time at which it happened.", self._show_time(at))
            )
        hours = self.company_id.hospital_backdate_hours
        if at < now - timedelta(hours=hours) and not (reason or "").strip():
            raise UserError(
                self.env._(
                    "%(at)s is more than %(hours)s hours ago. Enter a reason, or correct the time.",
                    at=self._show_time(at),
                    hours=hours,
                )
            )
        return at

    def _check_reason(self, reason):
        if not (reason or "").strip():
            raise UserError(self.env._("Enter the reason for the undoing."))

    def _check_in_bed(self):
        if self.state != "in_progress" or not self.stay_ids:
            raise UserError(self.env._("The patient is not in a bed. This encounter is: %s.", self._state_label()))

    def _leave_around(self, moment):
        return self.leave_ids.filtered(
            lambda leave: leave.start_at < moment and (not leave.end_at or moment < leave.end_at)
        )[:1]

    def _check_patient_free(self, start_at):
        """From `start_at` on, the patient lies nowhere else."""
        _stays_sudo = self.env["hospital.stay"].sudo()  # the other stay may be at a campus the user does not see
        other = _stays_sudo.search(
            [
                ("patient_id", "=", self.patient_id.id),
                "|",
                ("end_at", "=", False),
                ("end_at", ">", start_at),
                ("encounter_id", "!=", self.id),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "According to %(number)s the patient lay in another bed until %(end)s. Correct the time.",
                    number=other.encounter_id.number,
                    end=self._show_time(other.end_at) if other.end_at else self.env._("now"),
                )
            )

    def _check_bed(self, bed, start_at, end_at):
        """The bed may take this patient from `start_at` to `end_at` (None: until further notice)."""
        ward = bed.ward_id
        label = bed._place_label()
        if not bed.active or not ward.active:
            raise UserError(self.env._("%s is no longer in use. Choose another bed.", label))
        if ward.campus_id != self.campus_id:
            raise UserError(
                self.env._(
                    "%(bed)s is at %(campus)s. To move to another campus, discharge the patient and admit him there.",
                    bed=label,
                    campus=ward.campus_id.name,
                )
            )
        if bed.blocked:
            raise UserError(
                self.env._(
                    "%(bed)s is blocked: %(reason)s. Choose another bed.", bed=label, reason=bed.blocked_reason or "–"
                )
            )
        if bed.sex_limit in ("1", "2") and self.patient_id.sex != bed.sex_limit:
            limit = dict(bed._fields["sex_limit"]._description_selection(self.env))[bed.sex_limit]
            raise UserError(self.env._("%(bed)s is for: %(limit)s. Choose another bed.", bed=label, limit=limit))
        if bed._taken_between(start_at, end_at, self):
            raise UserError(self._bed_taken_sentence(bed))

    def _bed_taken_sentence(self, bed):
        return self.env._(
            "%s is occupied at that time. Choose another bed.", bed._place_label() if bed else self.env._("The bed")
        )

    # === WRITING ===

    def _settle_place(self, bed, department, practitioner, stay=None):
        """Sensible answers for what was not said, and a check of what was."""
        ward = bed.ward_id
        department = department or self._default_department(ward, stay)
        practitioner = practitioner or self.practitioner_id
        if not department:
            raise UserError(self.env._("Say which department takes care of the patient in %s.", ward.name))
        if ward.department_ids and department not in ward.department_ids:
            raise UserError(
                self.env._(
                    "Patients of %(department)s do not lie in %(ward)s. Choose a department of this ward.",
                    department=department.name,
                    ward=ward.name,
                )
            )
        if department.campus_id != ward.campus_id:
            raise UserError(
                self.env._(
                    "%(department)s and %(ward)s are not at the same campus.",
                    department=department.name,
                    ward=ward.name,
                )
            )
        return department, practitioner

    def _default_department(self, ward, stay=None):
        """The patient's own department when it lies in that ward, else the ward's only or first one."""
        current = stay.department_id if stay else self.department_id
        return current if current in ward.department_ids or not ward.department_ids else ward.department_ids[:1]

    def _make_stay(self, bed, department, practitioner, start_at, end_at, reason):
        _stays_sudo = self.env["hospital.stay"].sudo()  # users may only read stays; this is their only writer
        _stays_sudo.create(
            {
                "encounter_id": self.id,
                "ward_id": bed.ward_id.id,
                "bed_id": bed.id,
                "department_id": department.id,
                "practitioner_id": practitioner.id if practitioner else False,
                "start_at": start_at,
                "end_at": end_at,
                "reason": reason,
            }
        )

    def _with_reason(self, text, reason):
        return self.env._("%(text)s Reason: %(reason)s", text=text, reason=reason) if reason else text
