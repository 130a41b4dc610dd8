"""SOAP: envelopes and results."""

import contextlib
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import ScriptError
from basic.host import HttpResponse
from basic.http.soap import build_soap_request, build_soap_result
from basic.values import Value
from tests.cpu_time import takes_at_most

URL = "https://api.test/service.asmx"
CALL = "{http://schemas.xmlsoap.org/soap/envelope/}Body/{http://tempuri.org/}"


def sent(parameters: Value, operation: str = "GetRate") -> ET.Element:
    body = build_soap_request(URL, operation, parameters, {}).body
    assert body is not None
    call = ET.fromstring(body.encode()).find(CALL + operation)
    assert call is not None
    return call


def test_call_is_an_envelope_with_its_parameters() -> None:
    call = sent(
        {
            "from": "USD",
            "n": 2.5,
            "on": True,
            "none": None,
            "Who": {"Name": "Ana & <Bia>"},
            "Item": [{"Id": 1}, {"Id": 2}],
        }
    )

    assert [(element.tag.rpartition("}")[2], element.text) for element in call.iter()][1:] == [
        ("from", "USD"),
        ("n", "2.5"),
        ("on", "true"),
        ("none", None),
        ("Who", None),
        ("Name", "Ana & <Bia>"),
        ("Item", None),
        ("Id", "1"),
        ("Item", None),
        ("Id", "2"),
    ]


def test_call_has_soap_action_and_no_wsdl_in_its_url() -> None:
    request = build_soap_request(f"{URL}?wsdl", "{urn:rates}GetRate", None, {"X-Key": "1"})

    assert (request.method, request.url) == ("POST", URL)
    assert request.headers == {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"urn:rates/GetRate"',
        "X-Key": "1",
    }
    assert build_soap_request(f"{URL}?a=b&WSDL", "GetRate", None, {}).url == f"{URL}?a=b"
    assert build_soap_request(URL, "GetRate", None, {"soapaction": "mine"}).headers["soapaction"] == "mine"
    assert "SOAPAction" not in build_soap_request(URL, "GetRate", None, {"soapaction": "mine"}).headers


@pytest.mark.parametrize(
    ("operation", "parameters", "fault"),
    [
        ("Get Rate", {}, "is not a valid SOAP operation"),
        ("x><y", {}, "is not a valid SOAP operation"),
        ("GetRate", {"a b": 1}, "is not a valid name of a SOAP parameter"),
        ("GetRate", {"a><b": 1}, "is not a valid name of a SOAP parameter"),
        ("GetRate", {"a": "\x00"}, "contains a character that is invalid in XML"),
        ("GetRate", [1], "expects a map of parameters"),
    ],
)
def test_invalid_xml_names_and_characters_are_rejected(operation: str, parameters: Value, fault: str) -> None:
    with pytest.raises(ScriptError, match=fault):
        build_soap_request(URL, operation, parameters, {})


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_value_survives_the_envelope(text: str) -> None:
    element = sent({"value": text}).find("{http://tempuri.org/}value")

    assert element is not None
    assert (element.text or "") == text


RATE = """<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>
  <GetRateResponse xmlns="http://tempuri.org/"><Rate>5.25</Rate><Day>1</Day><Day>2</Day><Who><Name>Ana</Name></Who><None/></GetRateResponse>
</s:Body></s:Envelope>"""


def parse_result(body: str, status: int = 200) -> Value:
    return build_soap_result(HttpResponse(status, "OK", {"content-type": "text/xml"}, body))


def test_result_has_raw_xml_and_value() -> None:
    result = parse_result(RATE)

    assert isinstance(result, dict)
    assert result["status"] == 200
    assert isinstance(result["data"], dict)
    raw = result["data"]["raw"]
    assert isinstance(raw, str)
    assert raw.startswith("<GetRateResponse")
    assert raw.endswith("</GetRateResponse>")
    assert result["data"]["xml"] == RATE
    assert result["data"]["value"] == {
        "GetRateResponse": {"Rate": "5.25", "Day": ["1", "2"], "Who": {"Name": "Ana"}, "None": ""}
    }


def test_soap_faults_and_other_bodies_are_results() -> None:
    fault = "<x:Fault><faultstring>no</faultstring></x:Fault>"
    xml = f"<x:Envelope xmlns:x='u'><x:Body>{fault}</x:Body></x:Envelope>"

    assert parse_result(xml, 500) == {
        "status": 500,
        "data": {"raw": fault, "xml": xml, "value": {"Fault": {"faultstring": "no"}}},
    }
    assert parse_result("Bad gateway", 502) == {
        "status": 502,
        "data": {"raw": "Bad gateway", "xml": "Bad gateway", "value": None},
    }


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;">]><b>&c;</b>'


@pytest.mark.parametrize(
    "xml",
    [
        BOMB,
        '<!DOCTYPE b SYSTEM "http://10.0.0.1/x"><b/>',
        '<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]><b>&x;</b>',
    ],
)
def test_document_types_and_entities_are_rejected(xml: str) -> None:
    with pytest.raises(ScriptError, match="document type, which SOAP forbids"):
        parse_result(xml)


def test_too_deep_nesting_is_rejected() -> None:
    with pytest.raises(ScriptError, match="nested more than 32 deep"):
        parse_result("<a>" * 5_000 + "</a>" * 5_000)


@pytest.mark.parametrize("piece", ["<Body>", "<Body ", "<a:Body>", "</Body", "<", "<a", "<Body></Body>"])
def test_no_response_takes_long_to_parse(piece: str) -> None:
    def parse() -> None:
        with contextlib.suppress(ScriptError):
            parse_result(piece * (1024 * 1024 // len(piece)))

    assert takes_at_most(2, parse)
