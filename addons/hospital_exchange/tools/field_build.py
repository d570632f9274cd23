"""Builds a payload from a record, as the field lines say."""

import json

from odoo import fields, models
from odoo.exceptions import AccessError

from . import field_values
from .errors import ExchangeError
from .field_faults import FieldError, config
from .field_transforms import transform
from .field_walk import Walk

NOTHING = object()


class Build(Walk):
    """A payload from a record. `trace` keeps what became of each line, for the screen that tests them."""

    def __init__(self, interface, record, given, trace=False):
        super().__init__(interface)
        lang = self.company.partner_id.lang or "zh_CN"  # what is sent does not depend on who sends it
        self.record = record.with_context(lang=lang) if record is not None else None
        self.given = given
        self.trace = [] if trace else None
        self.empty = interface.sudo().platform_id._parameter("empty_fields", "omit")

    def run(self, tree):
        if "" in tree.children:  # the payload itself is a list
            payload = self._list(tree.children[""], self.record, ())
            return [] if payload is NOTHING else payload
        return self._object(tree, self.record, ())

    # === SHAPE ===

    def _object(self, node, scope, where):
        result = {}
        for child in node.children.values():
            try:
                value = self._value(child, scope, where)
            except FieldError as fault:
                self.note(fault, child, where)
                self._remember(child, where, None, fault)
                continue
            if value is not NOTHING:
                result[child.name] = value
            elif self.empty != "omit" and not child.children:
                result[child.name] = None if self.empty == "null" else ""
        return result

    def _value(self, node, scope, where):
        if node.is_list:
            return self._list(node, scope, where)
        if not node.children:
            return self._leaf(node, scope, where)
        if node.line and node.line.value and node.line.source in ("record", "records"):
            scope = self._records(node.line, scope)
            if not scope:
                return self._missing(node)
            if len(scope) > 1:
                raise config("many", path=node.line.value)
        return self._object(node, scope, (*where, node.label) if node.line else where) or NOTHING

    def _list(self, node, scope, where):
        line = node.line
        if not node.children:
            return self._leaf(node, scope, where)
        if line is None or not line.value:  # a list that always has one item, about the same record
            scopes = [scope]
        elif line.source == "call":
            scopes = self._follow(self.given, line.steps, line)
            scopes = [] if field_values.is_empty(scopes) else list(scopes)
        else:
            scopes = self._records(line, scope)
        items = [
            self._object(node, one, (*where, f"{node.label} {number}")) for number, one in enumerate(scopes or (), 1)
        ]
        return items or self._missing(node)

    def _missing(self, node):
        if node.line and node.line.required:
            raise FieldError("missing")
        return NOTHING

    # === VALUES ===

    def _leaf(self, node, scope, where):
        line = node.line
        value = self._source(line, scope)
        if line.transform == "count":
            value = 0 if self._is_empty(value, line) else transform(value, line, self.today)
        if node.is_list and not self._is_empty(value, line):
            values = value if isinstance(value, (list, tuple, models.BaseModel)) else [value]
            wire = [one for one in (self._encode(one, line) for one in values) if one is not None]
        else:
            wire = None if self._is_empty(value, line) else self._encode(value, line)
            if (wire is None or wire == "") and line.default:
                wire = self._encode(line.default, line, is_default=True)
        if wire is None or wire in ("", []):
            wire = self._missing(node)
        else:
            for one in wire if node.is_list else [wire]:
                self._check(one, line)
        self._remember(node, where, wire)
        return wire

    def _is_empty(self, value, line):
        if isinstance(value, models.BaseModel):
            return not value
        return value is None if line.type == "boolean" else field_values.is_empty(value)

    def _encode(self, value, line, is_default=False):
        if line.mapped and not is_default:
            value = self._mapped(value, line)
        elif isinstance(value, models.BaseModel):
            value = self._code_of(value, line)
        return field_values.encode(value, line, self.zone, self.today)

    def _check(self, wire, line):
        if line.type == "string" and isinstance(wire, str):
            field_values.check_length(wire, line)
        elif line.type in field_values.NUMBERS:
            field_values.check(wire, line, self.zone)
        self.check_set(wire, line)

    def _mapped(self, value, line):
        maps = self.env["hospital.code.map"]
        many = isinstance(value, list) or (isinstance(value, models.BaseModel) and len(value) > 1)
        try:
            codes = [
                maps._to_remote(self.interface.platform_id, self.set_code(line), one)
                for one in (value if many else [value])
            ]
        except ExchangeError as error:
            raise FieldError("unmapped", error.kind, sentence=error.sentence, unmapped=error.unmapped) from None
        return ",".join(codes)

    def _code_of(self, records, line):
        if "code" not in records._fields:
            raise config("record_end", path=line.value)
        return ",".join(record.code or "" for record in records)

    # === SOURCES ===

    def _source(self, line, scope):
        if line.source == "constant":
            return self._constant(line)
        if line.source == "parameter":
            value = self.interface.platform_id._parameter(line.value)
            if value in (None, False):
                raise config("parameter", parameter=line.value)
            return value
        if line.source == "call":
            return self._follow(self.given, line.steps, line)
        return self._follow(scope, line.steps, line)

    def _constant(self, line):
        if line.type not in ("list", "object"):
            return line.value
        try:
            return json.loads(line.value or "null")
        except ValueError:
            raise config("json") from None

    def _records(self, line, scope):
        """The records a list or an object is about; a row the caller may not see is never left out in silence."""
        found = self._follow(scope, line.steps, line)
        if isinstance(found, (models.BaseModel, list, dict)):
            return [found] if isinstance(found, dict) else found
        if field_values.is_empty(found):
            return []
        raise config("no_records", path=line.value)

    def _follow(self, start, steps, line):
        value = start
        for step in steps:
            if isinstance(value, models.BaseModel):
                value = self._read(value, step, line)
            elif isinstance(value, list):
                value = [self._step(item, step, line) for item in value]
            else:
                value = self._step(value, step, line)
            if value is None or value is False:
                return value
        return value

    def _step(self, value, step, line):
        if isinstance(value, models.BaseModel):
            return self._read(value, step, line)
        if isinstance(value, dict):
            return value.get(step)
        if value is None:
            return None
        raise config("path", path=line.value)

    def _read(self, records, name, line):
        field = records._fields.get(name)
        if field is None:
            raise config("path", path=line.value)
        try:
            if field.groups == fields.NO_ACCESS:
                _sudo = records.sudo()  # an administrator named the full value in the line; payloads are closed to all
                return _sudo[name] if len(_sudo) <= 1 else [one[name] for one in _sudo]
            if field.relational:
                return self._related(records, field)
            if len(records) > 1:
                return [record[name] for record in records]
            value = records[name]
        except AccessError as error:
            raise FieldError("no_access") from error
        if value is False and field.type != "boolean":
            return None
        if field.type in ("date", "datetime"):
            return value or None
        return value

    def _related(self, records, field):
        if records.env.su or field.type == "many2one" or not field.store:
            return records.mapped(field.name)
        # the cache may hold only what somebody's rules let through: rows must be there, or be missed aloud
        records.invalidate_recordset([field.name])
        _all_sudo = records.sudo().mapped(field.name)
        records.invalidate_recordset([field.name])
        found = _all_sudo.with_env(records.env)
        if len(found._filtered_access("read")) != len(found):
            raise FieldError("no_access")
        return found

    # === TRACE ===

    def _remember(self, node, where, wire, fault=None):
        if self.trace is not None and node.line:
            self.trace.append((node.line.id, where, None if wire is NOTHING else wire, fault))
