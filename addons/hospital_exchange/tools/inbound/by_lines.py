"""A call in that field lines alone describe.

Request lines with the mark "finds the row" say what is looked for, the other request lines what is written, the reply
lines what is answered. All of it with the rights of the environment, which are those of the platform's own user.
"""

from odoo.exceptions import UserError
from odoo.tools import safe_eval

from .. import field_values
from ..field_build import Build
from ..field_take_in import TakeIn
from ..field_tree import leaves, split

MOST = 500
"""Records in one answer."""
RECORDS = "records"
"""A list of the reply with the source "the call itself" and this value has one item for each record that was found."""


class ByLines:
    def __init__(self, interface, payload):
        self.env = interface.env
        self.interface = interface.sudo()  # the user of a platform reads no interfaces
        model, self.effect, self.domain = self.interface._inbound_source()
        self.model = self.env[model]
        self.payload = payload
        self.request = self.interface._field_tree("request")
        self.reply = self.interface._field_tree("reply")
        self.lists = self.reply is not None and any(
            node.line and node.line.source == "call" and node.line.steps[:1] == (RECORDS,)
            for node in _nodes(self.reply)
        )

    def run(self):
        records = self._found() if self.effect == "read" else self._written()
        if not self.lists:
            self.interface._about(records)
        return self._answer(records)

    # === FIND ===

    def _found(self):
        conditions, _all_given = self._conditions()
        if not conditions and not self.lists:
            raise UserError(self.env._("The call does not say what is looked for."))
        records = self._search(conditions)
        if not self.lists and len(records) != 1:
            raise UserError(self._none() if not records else self._several())
        return records[:MOST]

    def _search(self, conditions):
        domain = []
        if self.domain != "[]":
            domain = safe_eval.safe_eval(self.domain, self.interface._domain_context())
        return self.model.search([*domain, *conditions], limit=MOST if self.lists else 2)

    def _conditions(self):
        """(domain of the values that were given, whether every key was given)"""
        conditions = []
        keys = [node.line for node in leaves(self.request) if node.line.is_key] if self.request else []
        for line in keys:
            wire = self._at(line.path)
            if wire not in (None, ""):
                conditions.append((line.value, "=", self._decode(line, wire)))
        return conditions, bool(keys) and len(conditions) == len(keys)

    def _at(self, path):
        value = self.payload
        for name, _is_list in split(path):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def _decode(self, line, wire):
        take_in = TakeIn(self.interface)
        model = self.model
        for step in line.steps[:-1]:
            model = self.env[model._fields[step].comodel_name]
        field = model._fields[line.steps[-1]]
        return (
            take_in._linked(wire, line, field)
            if field.relational
            else field_values.decode(wire, line, field, take_in.zone)
        )

    def _none(self):
        return self.env._("%s: nothing fits what was looked for.", self.interface.name)

    def _several(self):
        return self.env._("%s: more than one fits what was looked for.", self.interface.name)

    # === WRITE ===

    def _written(self):
        conditions, all_given = self._conditions()
        record = self.model
        if conditions:
            if not all_given:
                raise UserError(self.env._("%s: a value by which the row is found is missing.", self.interface.name))
            record = self._search(conditions)
            if len(record) > 1:
                raise UserError(self._several())
            if record and self.effect == "once":
                raise UserError(self.env._("%s: this exists already.", self.interface.name))
        target = record or self.model.new()
        take_in = TakeIn(self.interface)
        writes = take_in.run(self.request, self.payload, target) if self.request else {}
        if take_in.faults:
            raise self.interface._faults_error(take_in.faults)
        if not record:
            record = self.model.create(writes.pop(target, {}))
        for one, values in writes.items():
            one.write(values)
        return record

    # === ANSWER ===

    def _answer(self, records):
        if self.reply is None:
            return {}
        build = Build(
            self.interface,
            self.model if self.lists else records,
            self.interface._given(records, {RECORDS: records, "payload": self.payload}),
        )
        reply = build.run(self.reply)
        if build.faults:
            raise self.interface._faults_error(build.faults)
        return reply


def _nodes(node):
    yield node
    for child in node.children.values():
        yield from _nodes(child)
