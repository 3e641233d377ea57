"""XML over botocore's shapes: the bodies of rest-xml, and the answers of the query protocol."""

import re
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from botocore.model import ListShape, MapShape, Shape, StructureShape

from stepmill.cloud.protocol.scalars import from_text, to_text
from stepmill.cloud.service import AwsError

XSI = "http://www.w3.org/2001/XMLSchema-instance"
# Characters that XML 1.0 cannot carry at all, not even as a reference.
UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def load(data: bytes) -> ElementTree.Element:
    """Raises: AwsError MalformedXML. A document type is refused: no AWS request has one."""
    if b"<!DOCTYPE" in data[:4096].upper():
        raise AwsError("MalformedXML", "The XML you provided has a document type declaration", 400)
    try:
        return ElementTree.fromstring(data)  # noqa: S314  # no DTD, hence no entities
    except ElementTree.ParseError as error:
        raise AwsError("MalformedXML", f"The XML you provided was not well-formed: {error}", 400) from None


def parse(shape: Shape, node: ElementTree.Element) -> Any:
    """An element as boto3 would have been given it."""
    if isinstance(shape, StructureShape):
        return parse_structure(shape, node)
    if isinstance(shape, ListShape):
        return [parse(shape.member, child) for child in children(node, item_name(shape))]
    if isinstance(shape, MapShape):
        return parse_map(shape, children(node, "entry"))
    return from_text(shape, node.text or "")


def parse_structure(shape: StructureShape, node: ElementTree.Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire = str(member.serialization.get("name", name))
        if member.serialization.get("xmlAttribute"):
            attribute = node.get(wire.replace("xsi:", f"{{{XSI}}}"))
            if attribute is not None:
                found[name] = attribute
            continue
        if is_flat(member) and isinstance(member, ListShape):
            if items := children(node, wire) or children(node, flat_name(member, wire)):
                found[name] = [parse(member.member, child) for child in items]
        elif is_flat(member) and isinstance(member, MapShape):
            if items := children(node, wire):
                found[name] = parse_map(member, items)
        elif items := children(node, wire):
            found[name] = parse(member, items[0])
    return found


def parse_map(shape: MapShape, entries: list[ElementTree.Element]) -> dict[str, Any]:
    key_name = str(shape.key.serialization.get("name", "key"))
    value_name = str(shape.value.serialization.get("name", "value"))
    found = {}
    for entry in entries:
        keys, values = children(entry, key_name), children(entry, value_name)
        if keys and values:
            found[keys[0].text or ""] = parse(shape.value, values[0])
    return found


def children(node: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """By local name: some clients leave the name space out."""
    return [child for child in node if child.tag.rpartition("}")[2] == name]


def serialise(shape: Shape, value: Any, name: str, attributes: str = "") -> str:
    """`<name>…</name>`; several elements for a flattened list or map."""
    if isinstance(shape, StructureShape):
        return serialise_structure(shape, value, name, attributes)
    if isinstance(shape, ListShape):
        if is_flat(shape):
            wire = flat_name(shape, name)
            return "".join(serialise(shape.member, item, wire) for item in value)
        inner = "".join(serialise(shape.member, item, item_name(shape)) for item in value)
        return f"<{name}>{inner}</{name}>"
    if isinstance(shape, MapShape):
        return serialise_map(shape, value, name)
    text = escape(clean(to_text(shape, value, "iso8601")), {"\r": "&#13;"})
    return f"<{name}{attributes}>{text}</{name}>"


def serialise_structure(shape: StructureShape, value: dict[str, Any], name: str, attributes: str = "") -> str:
    inner = []
    for key, member in shape.members.items():
        if value.get(key) is None or member.serialization.get("location"):
            continue
        wire = str(member.serialization.get("name", key))
        if member.serialization.get("xmlAttribute"):
            space = f" xmlns:xsi={quoteattr(XSI)}" if wire.startswith("xsi:") else ""
            attributes += f"{space} {wire}={quoteattr(clean(str(value[key])))}"
        else:
            inner.append(serialise(member, value[key], wire))
    return f"<{name}{attributes}>{''.join(inner)}</{name}>"


def serialise_map(shape: MapShape, value: dict[str, Any], name: str) -> str:
    key_name = str(shape.key.serialization.get("name", "key"))
    value_name = str(shape.value.serialization.get("name", "value"))
    pairs = [
        serialise(shape.key, key, key_name) + serialise(shape.value, item, value_name)
        for key, item in value.items()
    ]
    if is_flat(shape):
        return "".join(f"<{name}>{pair}</{name}>" for pair in pairs)
    return f"<{name}>{''.join(f'<entry>{pair}</entry>' for pair in pairs)}</{name}>"


def is_flat(shape: Shape) -> bool:
    return bool(shape.serialization.get("flattened"))


def flat_name(shape: ListShape, name: str) -> str:
    """Under the list's own name, unless only the items have one (as botocore's parser reads it)."""
    return str(shape.member.serialization.get("name", name))


def item_name(shape: ListShape) -> str:
    return str(shape.member.serialization.get("name", "member"))


def clean(text: str) -> str:
    return UNSPEAKABLE.sub("\ufffd", text)
