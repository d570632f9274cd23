from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..tools import masking


class HospitalPatientMerge(models.TransientModel):
    _name = "hospital.patient.merge"
    _description = "Merge of two patients"

    winner_id = fields.Many2one("hospital.patient", "Goes on", required=True)
    loser_id = fields.Many2one("hospital.patient", "Is merged into it", required=True)
    line_ids = fields.One2many(
        "hospital.patient.merge.line", "merge_id", compute="_compute_line_ids", store=True, readonly=False
    )
    obstacles = fields.Text(compute="_compute_obstacles")
    confirmed = fields.Boolean("I have compared both: it is one person")

    @api.model
    def default_get(self, field_names):
        """Two patients marked in the list, or the one that is open; the older record goes on."""
        values = super().default_get(field_names)
        if self.env.context.get("active_model") == "hospital.patient":
            chosen = self.env["hospital.patient"].browse(self.env.context.get("active_ids", [])).exists().sorted("id")
            if len(chosen) > 2:
                raise UserError(self.env._("Mark two patients, not more: they are merged one by one."))
            if len(chosen) == 2:
                values.update(winner_id=chosen[0].id, loser_id=chosen[1].id)
            elif chosen and not values.get("loser_id"):
                values["loser_id"] = chosen.id
        return values

    @api.depends("winner_id", "loser_id")
    def _compute_obstacles(self):
        for merge in self:
            both = merge.winner_id and merge.loser_id
            merge.obstacles = "\n".join(merge.loser_id._merge_obstacles(merge.winner_id)) if both else False

    @api.depends("winner_id", "loser_id")
    def _compute_line_ids(self):
        for merge in self:
            commands = [Command.clear()]
            if merge.winner_id and merge.loser_id and merge.winner_id != merge.loser_id:
                commands += [Command.create(vals) for vals in merge._prepare_line_vals()]
            merge.line_ids = commands

    def _prepare_line_vals(self):
        winner_sudo, loser_sudo = self.winner_id.sudo(), self.loser_id.sudo()  # whole numbers are compared, never shown
        masked = {
            field.masked_full: name
            for name, field in winner_sudo._fields.items()
            if getattr(field, "masked_full", None)
        }
        for sequence, name in enumerate(winner_sudo._merge_fields()):
            winner_value, loser_value = winner_sudo[name], loser_sudo[name]
            if not (winner_value or loser_value) or name in ("pinyin", "initials", "image_1920", "partner_id"):
                continue
            shown = masked.get(name, name)
            yield {
                "sequence": sequence,
                "field_name": name,
                "label": winner_sudo._fields[shown]._description_string(self.env),
                "winner_value": self._text(winner_sudo, name, shown),
                "loser_value": self._text(loser_sudo, name, shown),
                "differs": winner_value != loser_value,
                "take": bool(loser_value) and (not winner_value or (name == "sex" and winner_value == "0")),
            }

    def _text(self, patient, name, shown):
        field = patient._fields[shown]
        if shown != name:
            return masking.mask_phone(patient[name]) or ""
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(patient[name], "")
        if field.type == "many2one":
            return patient[name].display_name or ""
        return str(patient[name] or "")

    def action_swap(self):
        self.ensure_one()
        self.write({"winner_id": self.loser_id.id, "loser_id": self.winner_id.id, "confirmed": False})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [[False, "form"]],
            "target": "new",
            "name": self.env._("Merge patients"),
        }

    def action_merge(self):
        self.ensure_one()
        if not self.confirmed:
            raise UserError(self.env._("Compare the two records first and tick that they are one person."))
        (self.winner_id | self.loser_id).check_access("write")
        winner, loser = self.winner_id, self.loser_id
        moved = loser._merge_into(winner, take=self.line_ids.filtered("take").mapped("field_name"))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(loser)s was merged into %(winner)s; %(count)s records moved.",
                    loser=loser.number,
                    winner=winner.display_name,
                    count=sum(moved.values()),
                ),
                "next": {
                    "type": "ir.actions.act_window",
                    "res_model": "hospital.patient",
                    "res_id": winner.id,
                    "views": [[False, "form"]],
                },
            },
        }


class HospitalPatientMergeLine(models.TransientModel):
    _name = "hospital.patient.merge.line"
    _description = "Field of two patients side by side"
    _order = "sequence, id"

    merge_id = fields.Many2one("hospital.patient.merge", required=True, ondelete="cascade")
    sequence = fields.Integer()
    field_name = fields.Char(readonly=True)
    label = fields.Char("What", readonly=True)
    winner_value = fields.Char("Goes on", readonly=True)
    loser_value = fields.Char("Is merged into it", readonly=True)
    differs = fields.Boolean(readonly=True)
    take = fields.Boolean("Take over", help="The patient that goes on takes this value from the other one.")
