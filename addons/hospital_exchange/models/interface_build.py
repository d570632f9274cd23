from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.errors import CallError
from ..tools.field_build import Build
from ..tools.field_check import Check
from ..tools.field_take_in import TakeIn
from ..tools.field_tree import grow, leaves
from ..tools.field_values import DEFAULT_FORMATS

SHOWN_AT_MOST = 20


class HospitalInterface(models.Model):
    """Payloads by field lines: building, checking, describing, taking in."""

    _inherit = "hospital.interface"

    field_ids = fields.One2many("hospital.interface.field", "interface_id", "Field lines", copy=True)
    field_count = fields.Integer("Number of field lines", compute="_compute_field_count")

    # === COMPUTE ===

    @api.depends("field_ids")
    def _compute_field_count(self):
        counts = dict(
            self.env["hospital.interface.field"]._read_group(
                [("interface_id", "in", self.ids)], ["interface_id"], ["__count"]
            )
        )
        for interface in self:
            interface.field_count = counts.get(interface._origin, 0)

    # === ACTIONS ===

    def action_fields(self):
        """The field lines of this interface."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_exchange.action_hospital_interface_field")
        return {
            **action,
            "name": self.env._("Field lines of %s", self.display_name),
            "domain": [("interface_id", "=", self.id)],
            "context": {"default_interface_id": self.id},
        }

    def action_test_fields(self, line=None):
        """Choose a record and see the payload before anything is sent."""
        self.ensure_one()
        if not self.model:
            raise UserError(self.env._("%s has no source model, so there is no record to test with.", self.name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test %s", line.display_name if line else self.display_name),
            "res_model": "hospital.field.test",
            "view_mode": "form",
            "target": "new",
            "context": {"default_interface_id": self.id, "default_line_id": line.id if line else False},
        }

    # === BUILD ===

    def _has_request_fields(self):
        return self._field_tree("request") is not None

    def _has_reply_fields(self):
        tree = self._field_tree("reply")
        return tree is not None and any(leaf.line.value for leaf in leaves(tree))

    def _field_tree(self, part):
        return self.env["hospital.interface.field"]._tree(self.id, part)

    def _build_fields(self, record, **extra):
        """The payload as the request lines describe it; every fault of the record is told at once."""
        self.ensure_one()
        tree = self._field_tree("request")
        if tree is None:
            return super()._build_fields(record, **extra)
        build = Build(self, record, self._given(record, extra))
        payload = build.run(tree)
        if build.faults:
            raise self._faults_error(build.faults)
        return payload

    def _given(self, record, extra):
        """What lines with the source “the call itself” can name."""
        campus = getattr(record, "campus_id", None)
        company = self.company_id or self.env.company
        return {
            "record": record,
            "now": fields.Datetime.now(),
            "today": company._hospital_today(),
            "user": self.env.user,
            "company": company,
            "campus": campus if campus is not None else self.platform_id.campus_id,
            "platform": self.platform_id,
            "interface": self,
            **extra,
        }

    # === CHECK AND DESCRIBE ===

    def _validate_payload(self, part, payload):
        """Sentences about what is not as the lines of this part (request, reply) say; none when all is well."""
        self.ensure_one()
        tree = self._field_tree(part)
        return self._sentences(Check(self).run(tree, payload)) if tree else []

    def _schema(self, part):
        """The lines of this part as a JSON schema; the root is an array where the payload is one."""
        self.ensure_one()
        tree = self._field_tree(part) or grow([])
        return self._describe(tree.children.get("") or tree)

    def _describe(self, node):
        line = node.line
        about = {"title": line.name} if line else {}
        if line and line.note:
            about["description"] = line.note
        if node.children:
            inner = {
                "type": "object",
                "properties": {child.name: self._describe(child) for child in node.children.values()},
                "required": [child.name for child in node.children.values() if child.line and child.line.required],
            }
        else:
            inner = self._describe_value(line) if line else {"type": "object", "properties": {}, "required": []}
        return {**about, "type": "array", "items": inner} if node.is_list else {**about, **inner}

    def _describe_value(self, line):
        kinds = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean", "object": "object"}
        kind = kinds.get(line.type, "string")
        is_text = line.format == "text" or line.format.endswith(" text")
        if is_text or (line.type == "boolean" and line.format):
            kind = "string"
        elif line.type == "money" and line.format in ("yuan number", "cents"):
            kind = "number" if line.format == "yuan number" else "integer"
        elif line.format in ("timestamp", "millis"):
            kind = "integer"
        described = {"type": kind, "x-type": line.type}
        if line.type in DEFAULT_FORMATS or line.format:
            described["x-format"] = line.format or DEFAULT_FORMATS[line.type]
        if line.length:
            described["maxLength" if kind == "string" else "x-digits"] = line.length
            if line.length_unit != "char":
                described["x-length-unit"] = line.length_unit
        if line.decimals >= 0:
            described["x-decimals"] = line.decimals
        if line.set_id:
            described["x-code-set"] = self.env["hospital.code.set"].browse(line.set_id).sudo().code
        if line.source == "constant" and not line.mapped:
            described["default"] = line.value
        return described

    # === TAKE IN ===

    def _handle_fields(self, message, reply, record):
        """Write the reply to the record as the reply lines say."""
        tree = self._field_tree("reply")
        if tree is None or not record:
            return
        take_in = TakeIn(self)
        writes = take_in.run(tree, reply, record)
        if take_in.faults:
            raise self._faults_error(take_in.faults)
        for target, values in writes.items():
            _sudo = target.sudo()  # administrators decide in the lines which fields an answer fills
            _sudo.write(values)

    # === FAULTS ===

    def _faults_error(self, faults):
        """One error that tells all faults: set-up first, for then correcting the record does not help."""
        kind = "config" if any(fault.kind == "config" for fault in faults) else "business"
        sentences = self._sentences(faults)
        more = len(sentences) - SHOWN_AT_MOST
        if more > 0:
            sentences = [*sentences[:SHOWN_AT_MOST], self.env._("And %s more.", more)]
        detail = "\n".join(f"{self.code} {fault.path}: {fault.reason}" for fault in faults)
        unmapped = tuple(row for fault in faults for row in fault.values.get("unmapped", ()))
        return CallError(kind, sentence="\n".join(sentences), detail=detail, code="fields", unmapped=unmapped)

    def _sentences(self, faults):
        return [self._fault_sentence(fault) for fault in faults]

    def _fault_sentence(self, fault):
        """What is wrong with a field, never its value."""
        if fault.sentence:
            return f"{fault.label}: {fault.sentence}" if fault.label else fault.sentence
        return FAULTS[fault.reason](self.env, {"field": fault.label or self.name, **fault.values})


FAULTS = {
    "missing": lambda env, v: env._("%(field)s is empty but the platform requires it. Fill it in.", **v),
    "length": lambda env, v: env._("%(field)s has %(has)s characters, the platform takes %(max)s. Shorten it.", **v),
    "bytes": lambda env, v: env._(
        "%(field)s is %(has)s bytes long as the platform counts, it takes %(max)s. Shorten it.", **v
    ),
    "digits": lambda env, v: env._(
        "%(field)s has %(has)s digits before the decimal point, the platform takes %(max)s. Correct it.", **v
    ),
    "decimals": lambda env, v: env._("%(field)s has %(has)s decimals, the platform takes %(max)s. Round it.", **v),
    "string": lambda env, v: env._("%(field)s must be text. Send it as text.", **v),
    "number": lambda env, v: env._("%(field)s is not a number. Correct it.", **v),
    "integer": lambda env, v: env._("%(field)s is not a whole number. Correct it.", **v),
    "date": lambda env, v: env._("%(field)s is not a date written as %(format)s. Correct it.", **v),
    "datetime": lambda env, v: env._("%(field)s is not a date and time written as %(format)s. Correct it.", **v),
    "boolean": lambda env, v: env._("%(field)s is neither %(yes)s nor %(no)s. Correct it.", **v),
    "object": lambda env, v: env._("%(field)s must be a group of fields. Send it as an object.", **v),
    "list": lambda env, v: env._("%(field)s must be a list. Send it as a list.", **v),
    "code_set": lambda env, v: env._("%(field)s is no code of the code set %(set)s. Choose one of its codes.", **v),
    "transform": lambda env, v: env._(
        "%(field)s cannot be changed as the field line says. Choose another change or another source there.", **v
    ),
    "no_access": lambda env, v: env._(
        "%(field)s reads records that you may not see all of. Ask somebody who may to send this.", **v
    ),
    "no_match": lambda env, v: env._(
        "%(field)s: row %(number)s of the answer fits none of our rows, or several. Compare both sides.", **v
    ),
    "path": lambda env, v: env._(
        "%(field)s: the path %(path)s of the field line leads nowhere. Correct the field line.", **v
    ),
    "parameter": lambda env, v: env._(
        "%(field)s: the platform has no parameter %(parameter)s. Add it to the platform.", **v
    ),
    "record_end": lambda env, v: env._(
        "%(field)s: the path %(path)s ends at a record. Name a field of it, or turn on the code map.", **v
    ),
    "no_records": lambda env, v: env._(
        "%(field)s: the path %(path)s does not end at records. Correct the field line.", **v
    ),
    "many": lambda env, v: env._("%(field)s: the path %(path)s ends at several records. Make the field a list.", **v),
    "json": lambda env, v: env._("%(field)s: the constant of the field line is not valid JSON. Correct it.", **v),
    "field_type": lambda env, v: env._(
        "%(field)s: our field %(name)s is of another type than the field line says. Correct the type.", **v
    ),
    "no_key": lambda env, v: env._(
        "%(field)s: no line inside says by which value our rows are found. Tick one in the field lines.", **v
    ),
}
