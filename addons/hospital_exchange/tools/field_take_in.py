"""What the reply of a platform writes to our record."""

from odoo import models

from . import field_values
from .field_check import Check
from .field_faults import FieldError, config
from .field_walk import Walk


class TakeIn(Walk):
    """What reply lines write to our record: {record: values}, checked first."""

    def __init__(self, interface):
        super().__init__(interface)
        self.writes = {}

    def run(self, tree, payload, record):
        # what is not taken over may look as it likes
        self.faults = [f for f in Check(self.interface).run(tree, payload) if not f.line or f.line.value]
        if not self.faults:
            self._object(tree, payload, record, ())
        return self.writes

    def _object(self, node, payload, record, where):
        for child in node.children.values():
            wire = payload.get(child.name)
            if wire is None or wire == "":
                continue
            try:
                self._value(child, wire, record, where)
            except FieldError as fault:
                self.note(fault, child, where)

    def _value(self, node, wire, record, where):
        line = node.line
        if node.children and node.is_list:
            if line and line.value and line.source in ("record", "records"):
                self._list(node, wire, self._target(record, line.steps, line), where)
            elif wire and isinstance(wire[0], dict):
                self._object(node, wire[0], record, where)
        elif node.children:
            if line and line.value and line.source in ("record", "records"):
                record = self._target(record, line.steps, line)
            self._object(node, wire, record, (*where, node.label))
        elif line and line.value and line.source in ("record", "records"):
            self._write(line, wire, record)

    def _list(self, node, items, records, where):
        """Each item finds its record by the value of the key line."""
        key = next((child for child in node.children.values() if child.line and child.line.is_key), None)
        if key is None:
            raise config("no_key")
        for number, item in enumerate(items, 1):
            wanted = item.get(key.name)
            found = [one for one in records if self._key_of(one, key.line) == str(wanted)]
            if len(found) != 1:
                raise FieldError("no_match", number=number)
            rest = {name: wire for name, wire in item.items() if name != key.name}
            self._object(node, rest, found[0], (*where, f"{node.label} {number}"))

    def _key_of(self, record, line):
        value = self._target(record, line.steps, line)
        if line.mapped:
            return self.env["hospital.code.map"]._to_remote(self.interface.platform_id, self.set_code(line), value)
        return str(value.code if isinstance(value, models.BaseModel) else value)

    def _target(self, record, steps, line):
        value = record
        for step in steps:
            if not isinstance(value, models.BaseModel) or step not in value._fields:
                raise config("path", path=line.value)
            value = value[step]
        return value

    def _write(self, line, wire, record):
        target = self._target(record, line.steps[:-1], line)
        name = line.steps[-1]
        if name not in target._fields:
            raise config("path", path=line.value)
        if not target:
            return
        field = target._fields[name]
        value = (
            field_values.decode(wire, line, field, self.zone)
            if not field.relational
            else self._linked(wire, line, field)
        )
        self.writes.setdefault(target, {})[name] = value

    def _linked(self, wire, line, field):
        comodel = field.comodel_name
        if line.mapped:
            local = self.env["hospital.code.map"]._to_local(
                self.interface.platform_id, self.set_code(line) or comodel, str(wire)
            )
            return local.id
        if comodel == "hospital.code" and line.set_id:
            return self.env["hospital.code"]._get_id(self.set_code(line), str(wire))
        raise config("record_end", path=line.value)
