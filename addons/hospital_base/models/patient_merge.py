from odoo import models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL
from psycopg2 import IntegrityError

from ..tools.uniqueness import queries_unlogged

# where the history of the loser itself stays
_STAYS = ("hospital.access.log",)


class HospitalPatient(models.Model):
    """Two records of one person become one: everything that points to the loser moves, the loser stays as a signpost."""

    _inherit = "hospital.patient"

    def _merge_into(self, winner, take=()):
        """Move everything to ``winner``; ``take``: fields whose value the winner takes from this record."""
        self.ensure_one()
        winner.ensure_one()
        try:
            (self | winner).lock_for_update()
        except LockError:
            raise UserError(
                self.env._("Somebody else is working on one of the two patients right now. Try again in a moment.")
            ) from None
        (self | winner).invalidate_recordset()
        if reasons := self._merge_obstacles(winner):
            raise UserError("\n".join(reasons))
        self.env.flush_all()
        loser_sudo, winner_sudo = self.sudo(), winner.sudo()  # rows of every campus and model belong to the person
        values = loser_sudo._merge_values(winner_sudo, take)
        moved = loser_sudo._move_references(winner_sudo)
        self.env.invalidate_all()
        loser_sudo.write({"active": False, "merged_into_id": winner.id})
        winner_sudo.write(values)
        winner_sudo.modified([name for name, field in self._fields.items() if field.type == "one2many"])
        text = self.env._("%(loser)s was merged into %(winner)s.", loser=self.number, winner=winner.number)
        for patient in (loser_sudo, winner_sudo):
            patient._message_log(body=text)
        detail = ", ".join(f"{model} {count}" for model, count in sorted(moved.items()))
        self.env["hospital.access.log"]._log("merge", winner, detail=f"{self.number} → {winner.number}: {detail}")
        return moved

    def _merge_obstacles(self, winner):
        """Every reason why the two cannot become one; another addon adds its own."""
        _ = self.env._
        if self == winner:
            return [_("A patient cannot be merged with himself: choose another one.")]
        reasons = []
        for patient in self | winner:
            if patient.merged_into_id:
                reasons.append(
                    _(
                        "%(patient)s was merged already: use %(winner)s instead.",
                        patient=patient.display_name,
                        winner=patient.merged_into_id.display_name,
                    )
                )
            elif not patient.active:
                reasons.append(_("%s is archived: take it out of the archive first.", patient.display_name))
        if all(patient.sudo().open_inpatient_id for patient in self | winner):
            reasons.append(
                _(
                    "Both are in hospital now, so they cannot be one person. Correct or discharge one of the two "
                    "stays first."
                )
            )
        return reasons

    def _merge_values(self, winner, take):
        """What the winner takes over: the chosen fields, and whatever it does not know itself."""
        values = {}
        for name in self._merge_fields():
            mine, its = self[name], winner[name]
            unknown = not its or (name == "mother_id" and its == self) or (name == "sex" and its == "0")
            if mine and mine != its and (name in take or unknown):
                values[name] = mine.id if self._fields[name].type == "many2one" else mine
        if values.get("mother_id") == winner.id:  # nobody becomes his own mother
            del values["mother_id"]
        if self.image_1920 and not winner.image_1920:
            values["image_1920"] = self.image_1920
        return values

    def _merge_fields(self):
        """Stored facts of a person, whole numbers included; everything else moves by itself or is computed."""
        skipped = {
            "number",
            "active",
            "merged_into_id",
            "registration_campus_id",
            "allergy_state",
            *models.MAGIC_COLUMNS,
        }
        inherited = set(self.env["mail.thread"]._fields) | set(self.env["mail.activity.mixin"]._fields)
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and field.column_type
            and name not in skipped
            and name not in inherited
            and (not field.compute or not field.readonly)
        ]

    def _move_references(self, winner):
        """Found through the registry, so that an addon that is not written yet is not forgotten."""
        moved = {}

        def note(model, count):
            if count:
                moved[model] = moved.get(model, 0) + count

        seen = set()
        for model in self.env.registry.models.values():
            if model._abstract or not model._auto or model._name in _STAYS:
                continue
            for field in model._fields.values():
                if not field.store or (model._table, field.name) in seen:
                    continue
                seen.add((model._table, field.name))
                if field.type == "many2one" and field.comodel_name == self._name and not field.company_dependent:
                    if (model._name, field.name) != (self._name, "merged_into_id"):
                        note(model._name, self._move_many2one(model, field, winner))
                elif field.type == "many2many" and self._name in (field.comodel_name, model._name):
                    note(model._name, self._move_many2many(model, field, winner))
                elif field.type == "many2one_reference" and model._fields[field.model_field].store:
                    note(model._name, self._move_pair(model, field, winner))
                elif field.type == "reference":
                    note(
                        model._name,
                        self._move_rows(
                            model,
                            field.name,
                            SQL("%s = %s", SQL.identifier(field.name), f"{self._name},{self.id}"),
                            f"{self._name},{winner.id}",
                        ),
                    )
                elif field.type == "integer" and (pair := self._model_beside(model, field)):
                    note(model._name, self._move_pair(model, field, winner, pair))
        self.env.cr.execute(
            SQL(
                "UPDATE hospital_patient SET merged_into_id = %s WHERE merged_into_id = %s",
                winner.id,
                self.id,
            )
        )
        return moved

    def _model_beside(self, model, field):
        """The stored name of a model beside a plain number: ``res_model``/``res_id`` and the like."""
        if not field.name.endswith("_id"):
            return None
        for name in (field.name.removesuffix("id") + "model", "model" if field.name == "res_id" else None):
            other = model._fields.get(name) if name else None
            if other and other.store and other.type in ("char", "selection"):
                return other.name
        return None

    def _move_many2one(self, model, field, winner):
        column = SQL.identifier(field.name)
        if model._name == self._name:  # nobody becomes his own mother
            self.env.cr.execute(
                SQL(
                    "UPDATE hospital_patient SET %s = NULL WHERE id = %s AND %s = %s",
                    column,
                    winner.id,
                    column,
                    self.id,
                )
            )
        return self._move_rows(model, field.name, SQL("%s = %s", column, self.id), winner.id)

    def _move_many2many(self, model, field, winner):
        count = 0
        columns = []
        if field.comodel_name == self._name:
            columns.append((field.column2, field.column1))
        if model._name == self._name:
            columns.append((field.column1, field.column2))
        for mine, other in columns:
            names = {
                "table": SQL.identifier(field.relation),
                "mine": SQL.identifier(mine),
                "other": SQL.identifier(other),
                "loser": self.id,
                "winner": winner.id,
            }
            self.env.cr.execute(
                SQL(
                    """INSERT INTO %(table)s (%(mine)s, %(other)s)
                SELECT %(winner)s, %(other)s FROM %(table)s WHERE %(mine)s = %(loser)s ON CONFLICT DO NOTHING""",
                    **names,
                )
            )
            self.env.cr.execute(SQL("DELETE FROM %(table)s WHERE %(mine)s = %(loser)s", **names))
            count += self.env.cr.rowcount
        return count

    def _move_pair(self, model, field, winner, model_field=None):
        condition = SQL(
            "%s = %s AND %s = %s",
            SQL.identifier(model_field or field.model_field),
            self._name,
            SQL.identifier(field.name),
            self.id,
        )
        if model._name == "ir.attachment":  # the files behind the record's own fields stay with it
            condition = SQL("%s AND res_field IS NULL", condition)
        count = self._move_rows(model, field.name, condition, winner.id)
        if model._name == "mail.followers":  # who follows both follows the winner once
            self.env.cr.execute(
                SQL("DELETE FROM mail_followers WHERE res_model = %s AND res_id = %s", self._name, self.id)
            )
        return count

    def _move_rows(self, model, column, condition, value):
        """Point the rows to the winner; a row the winner already has stays behind with the signpost."""
        names = {"table": SQL.identifier(model._table), "column": SQL.identifier(column), "value": value}
        ids = [
            row[0]
            for row in self.env.execute_query(
                SQL("SELECT id FROM %(table)s WHERE %(condition)s", condition=condition, **names)
            )
        ]
        if not ids:
            return 0
        try:
            self._point_to(ids, names)
        except IntegrityError:
            ids = [row_id for row_id in ids if self._points_to(row_id, names)]
        records = self.env[model._name].browse(ids)
        self.env.invalidate_all()
        if not records._transient:
            records.modified([column])
        return len(ids)

    def _point_to(self, ids, names):
        with queries_unlogged(), self.env.cr.savepoint(flush=False):
            self.env.cr.execute(
                SQL("UPDATE %(table)s SET %(column)s = %(value)s WHERE id IN %(ids)s", ids=tuple(ids), **names)
            )

    def _points_to(self, row_id, names):
        try:
            self._point_to([row_id], names)
        except IntegrityError:
            return False
        return True
