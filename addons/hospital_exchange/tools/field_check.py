"""Is a payload, ours or theirs, as the field lines say?"""

from . import field_values
from .field_faults import FieldError
from .field_walk import Walk


class Check(Walk):
    """Is a payload as the lines say? Keys that no line names are let through."""

    def run(self, tree, payload):
        if "" in tree.children:
            self._guard(tree.children[""], payload, ())
        elif isinstance(payload, dict):
            self._object(tree, payload, ())
        else:
            self.note(FieldError("object"), tree, ())
        return self.faults

    def _object(self, node, payload, where):
        for child in node.children.values():
            self._guard(child, payload.get(child.name), where)

    def _guard(self, node, wire, where):
        try:
            self._value(node, wire, where)
        except FieldError as fault:
            self.note(fault, node, where)

    def _value(self, node, wire, where):
        line = node.line
        if wire is None or wire == "" or (wire == [] and node.is_list):
            if line and line.required:
                raise FieldError("missing")
            if not line and not node.is_list and self._requires(node):
                raise FieldError("missing")
            return
        if node.is_list:
            if not isinstance(wire, list):
                raise FieldError("list")
            for number, item in enumerate(wire, 1):
                self._item(node, item, number, where)
        elif node.children:
            if not isinstance(wire, dict):
                raise FieldError("object")
            self._object(node, wire, (*where, node.label) if line else where)
        else:
            field_values.check(wire, line, self.zone)
            self.check_set(wire, line)

    def _item(self, node, item, number, where):
        if not node.children:
            if node.line.type != "list":
                field_values.check(item, node.line, self.zone)
                self.check_set(item, node.line)
            return
        label = f"{node.label} {number}"
        if isinstance(item, dict):
            self._object(node, item, (*where, label))
        else:
            self.note(FieldError("object"), node, where)

    def _requires(self, node):
        """An object that no line is about is needed when one of its values is."""
        return any(
            (child.line and child.line.required)
            or (not child.line and not child.is_list and child.children and self._requires(child))
            for child in node.children.values()
        )
