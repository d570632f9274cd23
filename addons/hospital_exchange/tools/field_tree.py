"""Field lines compiled once: a tree in the shape of the payload. It holds plain values and can be kept in a cache."""

import re
from dataclasses import dataclass, field

PATH = re.compile(r"[^.\[\]\s]+(\[\])?(\.[^.\[\]\s]+(\[\])?)*|\[\](\.[^.\[\]\s]+(\[\])?)*")


@dataclass(slots=True, frozen=True)
class Line:
    id: int
    path: str
    name: str
    type: str
    length: int
    length_unit: str
    decimals: int
    format: str
    required: bool
    set_id: int
    mapped: bool
    source: str
    value: str
    steps: tuple
    transform: str
    default: str
    is_key: bool
    note: str


@dataclass(slots=True)
class Node:
    """An object, a list, or a value. The root, and an object without a line of its own, has none."""

    name: str
    is_list: bool = False
    line: Line | None = None
    children: dict = field(default_factory=dict)

    @property
    def label(self):
        return self.line.name if self.line else self.name


def split(path):
    """[(name, is it a list)]; the payload itself is a list where the path begins with []."""
    return [(part.removesuffix("[]"), part.endswith("[]")) for part in path.split(".")]


def is_path(path):
    return bool(PATH.fullmatch(path or ""))


def parent_paths(path):
    parts = path.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


def grow(lines):
    """The tree of lines, in their order."""
    root = Node("")
    for line in lines:
        node = root
        for name, is_list in split(line.path):
            node = node.children.setdefault(name, Node(name))
            node.is_list = node.is_list or is_list
        node.line = line
        node.is_list = node.is_list or line.type == "list"
    return root


def leaves(node):
    if not node.children and node.line:
        yield node
    for child in node.children.values():
        yield from leaves(child)
