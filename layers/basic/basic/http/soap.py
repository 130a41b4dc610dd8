"""SOAP 1.1: builds the envelope of a request, and the result from a response."""

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.sizes import MAX_DEPTH
from basic.values import Value, quote, to_text

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_NAMESPACE = "http://tempuri.org/"
"""The default namespace of many services."""

_OPERATION = re.compile(r"(?:\{(?P<namespace>[^{}]+)\})?(?P<name>[A-Za-z_][\w.-]*)")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_INVALID_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WSDL = re.compile(r"[?&](?:single)?wsdl(?:=[^&#]*)?$", re.IGNORECASE)
_OPENING = re.compile(r"<(?P<prefix>(?:[\w.-]+:)?)Body\b")


def build_soap_request(url: Value, operation: Value, parameters: Value, headers: Mapping[str, str]) -> HttpRequest:
    """Return the request of ``SOAP url, operation, parameters``.

    Parameters
    ----------
    url
        The address of the service; a ``?wsdl`` at its end is removed.
    operation
        Its name, with a namespace other than ``http://tempuri.org/`` as ``{urn:example}Name``.
    parameters
        A map: a key is an element, a map the elements inside it, an array elements of the same name.
    headers
        Those of SET HEADER; they have precedence, also a ``SOAPAction``.

    Raises
    ------
    ScriptError
        If a name is invalid in XML, or a value contains characters that are.
    """
    match = _OPERATION.fullmatch(to_text(operation).strip())
    if match is None:
        raise ScriptError(f"{quote(to_text(operation))} is not a valid SOAP operation, such as GetRate")
    namespace = match["namespace"] or _NAMESPACE
    action = f'"{namespace.rstrip("/#")}/{match["name"]}"'
    defaults = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": action}
    script_names = {name.lower() for name in headers}
    return HttpRequest(
        "POST",
        _WSDL.sub("", to_text(url).strip()),
        {name: value for name, value in defaults.items() if name.lower() not in script_names} | {**headers},
        _build_envelope(namespace, match["name"], parameters),
    )


def _build_envelope(namespace: str, name: str, parameters: Value) -> str:
    envelope = ET.Element("soap:Envelope", {"xmlns:soap": _ENVELOPE})
    call = ET.SubElement(ET.SubElement(envelope, "soap:Body"), name, {"xmlns": _check_text(namespace)})
    if parameters is not None:
        if not isinstance(parameters, dict):
            raise ScriptError("SOAP expects a map of parameters")
        _append_elements(call, parameters)
    return '<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(envelope, encoding="unicode")


def _append_elements(element: ET.Element, value: Value) -> None:
    if not isinstance(value, dict):
        element.text = _check_text(to_text(value))
        return
    for name, inner in value.items():
        if not _NAME.fullmatch(name):
            raise ScriptError(f"{quote(name)} is not a valid name of a SOAP parameter")
        for item in inner if isinstance(inner, list) else [inner]:
            _append_elements(ET.SubElement(element, name), item)


def _check_text(text: str) -> str:
    if _INVALID_IN_XML.search(text):
        raise ScriptError("a SOAP parameter contains a character that is invalid in XML")
    return text


def build_soap_result(response: HttpResponse) -> dict[str, Value]:
    """Return the result of ``SOAP``: ``{status, data: {raw, xml, value}}``.

    ``raw`` is the text inside the envelope's body, ``xml`` the complete response, ``value`` the content as maps by the
    names of the elements (repeated ones are arrays), or NOTHING if the response is not XML.
    """
    data: Value = {"raw": _extract_body(response.body), "xml": response.body, "value": _parse_value(response.body)}
    return {"status": response.status, "data": data}


def _extract_body(xml: str) -> str:
    """Return the text between the tags of an envelope's body, or the complete text if it has none."""
    opening = _OPENING.search(xml)
    if opening is None:
        return xml
    start, end = xml.find(">", opening.end()) + 1, xml.rfind(f"</{opening['prefix']}Body")
    return xml[start:end].strip() if 0 < start <= end else xml


class _NoDocumentType(ET.TreeBuilder):
    """Refuses document types, and with them all entities: SOAP 1.1, section 3, allows none."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:  # noqa: ARG002 - the parser's signature
        raise ScriptError("the response of the SOAP service has a document type, which SOAP forbids")


def _parse_value(text: str) -> Value:
    parser = ET.XMLParser(target=_NoDocumentType())  # noqa: S314 - it refuses entities
    try:
        parser.feed(text.lstrip())
        root: ET.Element = parser.close()
    except (ET.ParseError, ValueError):
        return None
    body = next((element for element in root if _local_name(element) == "Body"), root)
    return _to_value(body, 0)


def _to_value(element: ET.Element, depth: int) -> Value:
    if depth > MAX_DEPTH:
        raise ScriptError(f"the response of the SOAP service is nested more than {MAX_DEPTH} deep")
    if not len(element):
        return (element.text or "").strip()
    children: dict[str, list[Value]] = {}
    for child in element:
        children.setdefault(_local_name(child), []).append(_to_value(child, depth + 1))
    return {name: values[0] if len(values) == 1 else values for name, values in children.items()}


def _local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
