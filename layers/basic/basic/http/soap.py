"""SOAP 1.1: the envelope of a request, and what scripts get of an answer."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.values import MAX_DEPTH, Value, quote, to_text

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_NAMESPACE = "http://tempuri.org/"
"""What services are in that nobody gave a namespace of their own."""

_OPERATION = re.compile(r"(?:\{(?P<namespace>[^{}]+)\})?(?P<name>[A-Za-z_][\w.-]*)")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WSDL = re.compile(r"[?&](?:single)?wsdl(?:=[^&#]*)?$", re.IGNORECASE)
_OPENING = re.compile(r"<(?P<prefix>(?:[\w.-]+:)?)Body\b")


def soap(url: Value, operation: Value, parameters: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``SOAP url, operation, parameters``.

    Parameters
    ----------
    url
        Where the service is; a ``?wsdl`` at its end is left out.
    operation
        Its name, with its namespace as ``{urn:example}Name`` where that is not ``http://tempuri.org/``.
    parameters
        A map: a name is an element, a map the elements inside it, an array elements of the same name.
    headers
        Those of SET HEADER; a ``SOAPAction`` among them is kept.

    Raises
    ------
    ScriptError
        If a name is none of XML, or a value has characters that XML has not.
    """
    match = _OPERATION.fullmatch(to_text(operation).strip())
    if match is None:
        raise ScriptError(f"{quote(to_text(operation))} is no name of a SOAP operation, such as GetRate")
    namespace = match["namespace"] or _NAMESPACE
    action = f'"{namespace.rstrip("/#")}/{match["name"]}"'
    own = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": action}
    named = {name.lower() for name in headers}
    return HttpRequest(
        "POST",
        _WSDL.sub("", to_text(url).strip()),
        {name: value for name, value in own.items() if name.lower() not in named} | {**headers},
        _envelope(namespace, match["name"], parameters),
    )


def _envelope(namespace: str, name: str, parameters: Value) -> str:
    envelope = ET.Element("soap:Envelope", {"xmlns:soap": _ENVELOPE})
    call = ET.SubElement(ET.SubElement(envelope, "soap:Body"), name, {"xmlns": _clean(namespace)})
    if parameters is not None:
        if not isinstance(parameters, dict):
            raise ScriptError("SOAP expects a map of parameters")
        _fill(call, parameters)
    return '<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(envelope, encoding="unicode")


def _fill(element: ET.Element, value: Value) -> None:
    if not isinstance(value, dict):
        element.text = _clean(to_text(value))
        return
    for name, inner in value.items():
        if not _NAME.fullmatch(name):
            raise ScriptError(f"{quote(name)} is no name of a SOAP parameter")
        for item in inner if isinstance(inner, list) else [inner]:
            _fill(ET.SubElement(element, name), item)


def _clean(text: str) -> str:
    if _NO_XML.search(text):
        raise ScriptError("a SOAP parameter has a character that XML cannot hold")
    return text


def soap_answered(response: HttpResponse) -> dict[str, Value]:
    """Return what ``SOAP`` gives: ``{status, data: {raw, xml, value}}``.

    ``raw`` is the text inside the envelope's body, ``xml`` all of it, ``value`` the inside as maps by the names of the
    elements (repeated ones are arrays), or NOTHING if the answer is no XML.
    """
    data: Value = {"raw": _inside(response.body), "xml": response.body, "value": _value(response.body)}
    return {"status": response.status, "data": data}


def _inside(xml: str) -> str:
    """Return what stands between the tags of an envelope's body, or all of what has none."""
    opening = _OPENING.search(xml)
    if opening is None:
        return xml
    start, end = xml.find(">", opening.end()) + 1, xml.rfind(f"</{opening['prefix']}Body")
    return xml[start:end].strip() if 0 < start <= end else xml


class _NoDocumentType(ET.TreeBuilder):
    """Refuses document types, and with them all entities: SOAP 1.1, section 3, allows none."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:  # noqa: ARG002 - the parser's signature
        raise ScriptError("the answer of the SOAP service has a document type, which SOAP forbids")


def _value(text: str) -> Value:
    parser = ET.XMLParser(target=_NoDocumentType())  # noqa: S314 - it refuses entities
    try:
        parser.feed(text.lstrip())
        root: ET.Element = parser.close()
    except (ET.ParseError, ValueError):
        return None
    body = next((element for element in root if _local(element) == "Body"), root)
    return _read(body, 0)


def _read(element: ET.Element, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise ScriptError(f"the answer of the SOAP service is nested more than {MAX_DEPTH} deep")
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, list[Value]] = {}
    for child in element:
        found.setdefault(_local(child), []).append(_read(child, depth + 1))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
