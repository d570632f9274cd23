"""The WSDL of a platform: its calls in as document/literal operations, for SOAP 1.1 and 1.2."""

from lxml import etree

from .soap import PLAIN_NAME, namespace, xml_name

WSDL = "http://schemas.xmlsoap.org/wsdl/"
XSD = "http://www.w3.org/2001/XMLSchema"
SOAP11_BINDING = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP12_BINDING = "http://schemas.xmlsoap.org/wsdl/soap12/"
TRANSPORT = "http://schemas.xmlsoap.org/soap/http"
TYPES = {"string": "string", "integer": "integer", "number": "decimal", "boolean": "boolean"}


def wsdl(platform, location, operations, answer):
    """The document as bytes.

    :param operations: {name: (schema of the request, schema of the reply)}, None for a part without field lines
    :param answer: names of the elements around the data of a reply
    """
    ns = namespace(platform)
    prefixes = {None: WSDL, "tns": ns, "xs": XSD, "soap": SOAP11_BINDING, "soap12": SOAP12_BINDING}
    root = _add(None, WSDL, "definitions", nsmap=prefixes, name=xml_name(platform), targetNamespace=ns)
    schema = _add(_add(root, WSDL, "types"), XSD, "schema", targetNamespace=ns, elementFormDefault="qualified")
    for name, (request, reply) in operations.items():
        _element(schema, name, request or _plain())
        _element(schema, f"{name}Response", _reply(reply or PLAIN, answer))
        for message, element in ((f"{name}Input", name), (f"{name}Output", f"{name}Response")):
            part = _add(root, WSDL, "message", name=message)
            _add(part, WSDL, "part", name="parameters", element=f"tns:{xml_name(element)}")
    port = _add(root, WSDL, "portType", name="Exchange")
    for name in operations:
        operation = _add(port, WSDL, "operation", name=xml_name(name))
        _add(operation, WSDL, "input", message=f"tns:{name}Input")
        _add(operation, WSDL, "output", message=f"tns:{name}Output")
    service = etree.Element(f"{{{WSDL}}}service", name="Exchange")
    for binding, kind in (("Exchange11", SOAP11_BINDING), ("Exchange12", SOAP12_BINDING)):
        _binding(root, binding, kind, operations)
        entry = _add(service, WSDL, "port", name=binding, binding=f"tns:{binding}")
        _add(entry, kind, "address", location=location)
    root.append(service)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


PLAIN = {"type": "string"}


def _plain():
    return {"type": "object", "properties": {PLAIN_NAME: PLAIN}}


def _reply(schema, answer):
    return {"type": "object", "properties": {**dict.fromkeys(answer, PLAIN), PLAIN_NAME: schema}}


def _binding(root, name, kind, operations):
    binding = _add(root, WSDL, "binding", name=name, type="tns:Exchange")
    _add(binding, kind, "binding", style="document", transport=TRANSPORT)
    for operation_name in operations:
        operation = _add(binding, WSDL, "operation", name=xml_name(operation_name))
        _add(operation, kind, "operation", soapAction="", style="document")
        for direction in ("input", "output"):
            _add(_add(operation, WSDL, direction), kind, "body", use="literal")


def _element(parent, name, schema, /, **attributes):
    """One element; what is not required may be missing, and a list may hold any number."""
    if schema.get("type") == "array":
        attributes.update(maxOccurs="unbounded", minOccurs="0")
        schema = schema.get("items") or PLAIN
    element = _add(parent, XSD, "element", name=xml_name(name), **attributes)
    if schema.get("type") != "object":
        element.set("type", f"xs:{TYPES.get(schema.get('type'), 'string')}")
        if attributes:
            element.set("nillable", "true")
        return
    content = _add(_add(element, XSD, "complexType"), XSD, "sequence")
    required = set(schema.get("required") or ())
    for inner, below in (schema.get("properties") or {}).items():
        _element(content, inner, below, minOccurs="1" if inner in required else "0")


def _add(parent, ns, tag, /, nsmap=None, **attributes):
    tag = f"{{{ns}}}{tag}"
    if parent is None:
        return etree.Element(tag, attributes, nsmap=nsmap)
    return etree.SubElement(parent, tag, attributes)
