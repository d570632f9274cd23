"""Plain values as XML inside a text, and back: what stands repeatedly is a list."""

import re

from lxml import etree

NAME = re.compile(r"[^\W\d][\w.-]*")
DEEPEST = 64


def to_xml(values, root, declaration=False, encoding="UTF-8"):
    """Raises ValueError for what XML cannot name or hold."""
    text = etree.tostring(_element(root, values), encoding="unicode")
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}' if declaration else text


def _element(name, value):
    if not NAME.fullmatch(str(name)):
        raise ValueError(f"{name!r} is no name of an element")
    element = etree.Element(str(name))
    if isinstance(value, dict):
        for key, part in value.items():
            if str(key).startswith("@"):
                element.set(str(key)[1:], _text(part))
            elif key == "#text":
                element.text = _text(part)
            else:
                for item in part if isinstance(part, list) else [part]:
                    element.append(_element(key, item))
    elif isinstance(value, list):
        for item in value:
            element.append(_element("item", item))
    else:
        element.text = _text(value)
    return element


def _text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def from_xml(text):
    """{root: values}; raises ValueError. No entity, no DTD, nothing from elsewhere."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # it names the encoding of a file, and this is a text
    try:
        root = etree.fromstring(text.strip(), parser)
    except etree.LxmlError as error:
        raise ValueError(f"not XML: {type(error).__name__}") from None
    if root.getroottree().docinfo.doctype:
        raise ValueError("XML with a DOCTYPE")
    return {etree.QName(root).localname: _values(root, 0)}


def _values(element, depth):
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    values = {f"@{etree.QName(name).localname}": value for name, value in element.attrib.items()}
    for child in element:
        if not isinstance(child.tag, str):
            raise ValueError("XML with an entity")
        name, value = etree.QName(child).localname, _values(child, depth + 1)
        if name not in values:
            values[name] = value
        elif isinstance(values[name], list):
            values[name].append(value)
        else:
            values[name] = [values[name], value]
    text = "".join(element.itertext()) if not len(element) else ""
    if not values:
        return text
    if text.strip():
        values["#text"] = text
    return values
