import logging
from datetime import timedelta
from typing import NamedTuple

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every
from psycopg2.errors import LockNotAvailable, SerializationFailure, UniqueViolation

from odoo.addons.hospital_base.tools.rows import select_rows

from ..tools.reckoner import HUNDRED, NONE, NOTHING, WHOLE, Day

_logger = logging.getLogger(__name__)

BATCH = 500
TRIES = 5
FACTS = Day._fields.index("issue")
COLUMNS = {
    "encounter_id": "int",
    "campus_id": "int",
    "date": "date",
    "ward_id": "int",
    "department_id": "int",
    "number": "int",
    "kind": "varchar",
    "level": "varchar",
    "rate": "numeric",
    "price": "numeric",
    "amount": "numeric",
    "product_id": "int",
    "plan_id": "int",
    "issue": "varchar",
    "charge_id": "int",
}


class Change(NamedTuple):
    """What has to be done about one day."""

    case: object
    day: Day | None  # as it should be; None: nothing is left of it
    posted: object  # as it is; None: nothing yet
    reverse: bool
    charge: bool
    issue: str | None


class HospitalNursingPosting(models.AbstractModel):
    """Brings the charges to what the bed-days should cost: by reversing and charging anew, never by changing a charge.

    `_changes` only looks, `_post` does. Doing it again changes nothing, and two who do it at once post each day once:
    see `hospital.nursing.account`.
    """

    _name = "hospital.nursing.posting"
    _description = "Posting of bed-days"

    # === WHAT DIFFERS ===

    @api.model
    def _changes(self, case, due, posted, period=None, late=False):
        """[Change, …] of an inpatient, the days that are right left out.

        :param period: (first day, last day): only these
        :param late: days may also be charged on an account that is settled already
        """
        changes, left, settled = [], dict(posted), case.is_settled and not late
        for day in due:
            row = left.pop(day.date, None)
            if row is not None and row[:-5] == day and _is_charged(day, row):
                continue
            if change := self._change(case, day, row, settled):
                changes.append(change)
        for row in left.values():
            if change := self._change_of_left(case, row):
                changes.append(change)
        if period:
            first, last = period
            changes = [change for change in changes if first <= (change.day or change.posted).date <= last]
        return changes

    def _change(self, case, day, posted, settled):
        net = posted.charge_amount if posted else NOTHING
        frozen = _frozen(day.date, posted, case.locked_to, settled)
        issue = day.issue
        if _is_charged(day, posted):
            reverse = charge = bool(net) and not frozen and _on_bill(posted) != _on_bill(day)
        elif frozen:
            reverse, charge, issue = False, False, frozen
        else:
            reverse, charge = bool(net), bool(day.amount)
        if not reverse and not charge and posted and posted[:FACTS] == day[:FACTS] and posted.issue == issue:
            return None
        return Change(case, day, posted, reverse, charge, issue)

    def _change_of_left(self, case, posted):
        """A row of a day that should not be there any more."""
        if not posted.charge_amount:
            return Change(case, None, posted, False, False, None)
        why = _frozen(posted.date, posted, case.locked_to, False)
        if not why:
            return Change(case, None, posted, True, False, None)
        if posted.kind == NONE and posted.issue == why:
            return None
        day = Day(
            posted.date, posted.ward_id, posted.department_id, 0, NONE, None, HUNDRED, NOTHING, NOTHING, None, None, why
        )
        return Change(case, day, posted, False, False, why)

    # === POSTING ===

    @api.model
    def _post(self, encounter_ids, through=None, period=None, late=False, wait=False):
        """Post what differs; return how much of it.

        :param wait: wait for who posts the same patients at this moment, rather than leave them to him
        """
        changes, touched = [], set()
        for case, due, posted in self.env["hospital.nursing.reader"]._cases(encounter_ids, through):
            found = self._changes(case, due, posted, period, late)
            changes += found
            if found or case.is_due:
                touched.add(case.encounter_id)
        result = {"patients": 0, "charged": 0, "charged_amount": NOTHING, "reversed": 0, "reversed_amount": NOTHING}
        result |= {"exceptions": 0, "skipped": 0}
        if not touched:
            return result
        claimed = self.env["hospital.nursing.account"].sudo()._claim(touched, wait)
        result["skipped"] = len(touched - claimed)
        changes = [change for change in changes if change.case.encounter_id in claimed]
        self._reverse([change for change in changes if change.reverse], result)
        charges = self._charge([change for change in changes if change.charge], result)
        self._write_rows(changes, charges)
        result["patients"] = len({change.case.encounter_id for change in changes})
        result["exceptions"] = sum(1 for change in changes if change.issue)
        return result

    def _reverse(self, changes, result):
        if not changes:
            return
        # the rules decide what is taken back, not the rights of who moves a patient
        _charges_sudo = self.env["hospital.charge"].sudo().browse(change.posted.charge_id for change in changes)
        reason = self._in_chinese()._("Bed-days reckoned again")
        _charges_sudo._reverse(reason=reason)
        result["reversed"] = len(changes)
        result["reversed_amount"] = sum((change.posted.charge_amount for change in changes), NOTHING)

    def _charge(self, changes, result):
        """{(encounter, day): charge}"""
        if not changes:
            return {}
        names, ends = self._names(changes), {}
        vals_list = [
            {
                "encounter_id": change.case.encounter_id,
                "product_id": change.day.product_id,
                "name": names[change.day.product_id, change.day.kind, change.day.number, change.day.rate],
                "price_unit": float(change.day.amount),
                "service_at": self._service_at(change, ends),
                "order_department_id": change.day.department_id,
                "exec_department_id": change.day.department_id,
                "order_practitioner_id": change.case.doctor(change.day.date),
                "origin_model": "hospital.encounter",
                "origin_id": change.case.encounter_id,
                "origin_ref": change.day.date.isoformat(),
            }
            for change in changes
        ]
        # as in _reverse
        charges = self.env["hospital.charge"].sudo()._charge(vals_list)
        result["charged"] = len(changes)
        result["charged_amount"] = sum((change.day.amount for change in changes), NOTHING)
        return {
            (change.case.encounter_id, change.day.date): charge_id
            for change, charge_id in zip(changes, charges.ids, strict=True)
        }

    def _service_at(self, change, ends):
        """The last second of the day that the patient was there: by it the charge finds its day, department and doctor."""
        case, day = change.case, change.day
        key = (case.company_id, day.date)
        if key not in ends:
            # the time zone of the hospital is no secret
            company = self.env["res.company"].sudo().browse(case.company_id)
            ends[key] = company._hospital_day_bounds(day.date)[1] - timedelta(seconds=1)
        moment = ends[key]
        if case.end_at and moment >= case.end_at:
            moment = max(case.start_at, case.end_at - timedelta(seconds=1))
        return moment

    def _in_chinese(self):
        return self.with_context(lang=self.env["product.template"]._hospital_lang()).env

    def _names(self, changes):
        """What stands on the bill, by item, mode, day number and rate."""
        env = self._in_chinese()
        products = env["product.product"].sudo().browse({change.day.product_id for change in changes})
        labels = {product.id: product.name for product in products}
        names = {}
        for key in {(change.day.product_id, change.day.kind, change.day.number, change.day.rate) for change in changes}:
            product_id, kind, number, rate = key
            if kind != WHOLE:
                names[key] = labels[product_id]
            elif rate == HUNDRED:
                names[key] = env._("%(item)s (day %(number)s)", item=labels[product_id], number=number)
            else:
                names[key] = env._(
                    "%(item)s (day %(number)s, %(rate)g %%)", item=labels[product_id], number=number, rate=rate
                )
        return names

    def _write_rows(self, changes, charges):
        gone = [(change.case.encounter_id, change.posted.date) for change in changes if change.day is None]
        kept = [change for change in changes if change.day is not None]
        if gone:
            self.env.cr.execute(
                SQL(
                    """DELETE FROM hospital_nursing_day day USING unnest(%s::int[], %s::date[]) AS gone (encounter_id, date)
                        WHERE day.encounter_id = gone.encounter_id AND day.date = gone.date""",
                    [row[0] for row in gone],
                    [row[1] for row in gone],
                )
            )
        if kept:
            self._upsert_rows(kept, charges)
        if changes:
            self.env["hospital.nursing.day"].invalidate_model()

    def _upsert_rows(self, changes, charges):
        rows = []
        for change in changes:
            day, case = change.day, change.case
            charge_id = charges.get((case.encounter_id, day.date))
            if not charge_id and change.posted and change.posted.charge_amount and not change.reverse:
                charge_id = change.posted.charge_id
            facts = (*day[:6], float(day.rate), float(day.price), float(day.amount), *day[9:FACTS])
            rows.append((case.encounter_id, case.campus_id, *facts, change.issue, charge_id))
        columns = zip(COLUMNS.items(), zip(*rows, strict=True), strict=True)
        self.env.cr.execute(
            SQL(
                "INSERT INTO hospital_nursing_day (%s) %s ON CONFLICT (encounter_id, date) DO UPDATE SET %s",
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                select_rows({name: (kind, list(values)) for (name, kind), values in columns}),
                SQL(", ").join(
                    SQL("%s = EXCLUDED.%s", SQL.identifier(name), SQL.identifier(name))
                    for name in COLUMNS
                    if name not in ("encounter_id", "date")
                ),
            )
        )

    # === EVERY NIGHT ===

    @api.model
    def _cron_post(self):
        """Post every day that is over, of every inpatient of every campus with a plan."""
        left = self._nightly_ids()
        self.env["ir.cron"]._commit_progress(remaining=len(left))
        failed = 0
        for ids in split_every(BATCH, left):
            try:
                self._post_steadily(ids)
            except Exception as error:  # noqa: BLE001 one patient must not keep the others from being posted
                self.env.cr.rollback()
                self._log_failure(error)
                failed += self._post_one_by_one(ids)
            if not self.env["ir.cron"]._commit_progress(len(ids)):
                break
        if failed:
            _logger.warning("Bed-days of %s inpatients could not be posted: see the list of exceptions", failed)

    @api.model
    def _nightly_ids(self, campus_ids=None):
        """Who is there, whose account waits, and whose exceptions may have been settled meanwhile."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT encounter.id FROM hospital_encounter encounter
                    WHERE encounter.kind = 'inpatient' %s
                      AND EXISTS (SELECT FROM hospital_nursing_plan plan
                                   WHERE plan.campus_id = encounter.campus_id AND plan.active)
                      AND (encounter.state = 'in_progress'
                           OR encounter.state = 'finished' AND (
                              EXISTS (SELECT FROM hospital_nursing_account account
                                       WHERE account.encounter_id = encounter.id AND account.is_due)
                           OR EXISTS (SELECT FROM hospital_nursing_day day
                                       WHERE day.encounter_id = encounter.id AND day.issue IS NOT NULL)))
                    ORDER BY encounter.id""",
                SQL("AND encounter.campus_id = ANY(%s)", list(campus_ids)) if campus_ids is not None else SQL(),
            )
        )
        return [row[0] for row in rows]

    def _post_steadily(self, ids, **options):
        """Post, and start again when a colleague was faster."""
        for attempt in range(1, TRIES + 1):
            try:
                result = self._post(ids, **options)
                self.env.flush_all()
                return result
            except (SerializationFailure, UniqueViolation, LockNotAvailable):
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                if attempt == TRIES:
                    raise
        return None

    def _post_one_by_one(self, ids):
        failed = 0
        for encounter_id in ids:
            try:
                self._post_steadily([encounter_id])
                self.env["ir.cron"]._commit_progress()
            except Exception as error:  # noqa: BLE001 one patient must not keep the others from being posted
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                self._log_failure(error)
                failed += 1
                self.env["hospital.nursing.account"].sudo()._mark_encounters([encounter_id], self._sentence(error))
                self.env["ir.cron"]._commit_progress()
        return failed

    def _sentence(self, error):
        if isinstance(error, UserError):
            return str(error)
        return self.env._("The posting broke off. Tell the IT operator: the server's log says why.")

    def _log_failure(self, error):
        """The kind of the error only: its words may name a patient."""
        _logger.info("Posting of bed-days: %s", type(error).__name__)


def _is_charged(day, posted):
    """The charge of the day is the one it should be: the item, the amount, and nothing of it taken back."""
    if not day.amount:
        return posted is None or not posted.charge_amount
    return (
        posted is not None
        and posted.charge_amount == day.amount
        and posted.charge_product_id == day.product_id
        and posted.charge_whole
    )


def _on_bill(day):
    """What a charge tells of its day besides item and amount."""
    return day.ward_id, day.department_id, day.number, day.kind, day.rate


def _frozen(date, posted, lock, settled):
    """Why the charges of a day are not touched, or None."""
    if lock and date <= lock:
        return "locked"
    if settled or (posted and posted.charge_amount and posted.charge_state == "settled"):
        return "settled"
    return None
