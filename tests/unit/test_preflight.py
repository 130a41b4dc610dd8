"""CORS preflight requests: the mapping template of ``template.yaml``, run as API Gateway runs it."""

import pytest

from conversations.contract.registry import OPERATIONS
from local.front_door.preflight import Preflight
from local.template import read_preflight
from tests.template import Deployment, properties

LISTED = "https://www.example.com,https://app.example.com:8443"


def render(origins: str, **headers: str) -> dict[str, str]:
    """Return the headers of the response, with the stage variable of a deployment that lists these origins."""
    variable = properties("RestApi")["Variables"]["allowedOrigins"]
    ((separator, [first, others]),) = variable.values()
    allowed = separator.join([first, Deployment({}, {"AllowedOrigins": origins}).resolve(others)])
    return Preflight(template=read_preflight()["template"], allowed_origins=allowed).render(headers)


@pytest.mark.parametrize("origin", LISTED.split(","))
@pytest.mark.parametrize("header", ["Origin", "origin"])
def test_listed_origin_is_allowed(origin: str, header: str) -> None:
    assert render(LISTED, **{header: origin}) == {
        "Vary": "Origin",
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": ", ".join(sorted({operation.method for operation in OPERATIONS})),
        "Access-Control-Allow-Headers": "Authorization,Content-Type",
        "Access-Control-Max-Age": "600",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://www.example.co",
        "https://www.example.com.evil.example",
        "http://www.example.com",
        "https://app.example.com",
        "example.com",
        "null",
        "*",
        "",
        ",",
        "$stageVariables.allowedOrigins",
    ],
)
def test_other_origin_is_not_allowed(origin: str) -> None:
    assert render(LISTED, Origin=origin).keys() == {"Vary", "Access-Control-Allow-Methods"}


def test_request_without_origin_is_not_allowed() -> None:
    assert "Access-Control-Allow-Origin" not in render(LISTED)


@pytest.mark.parametrize("origin", ["https://www.example.com", "null", ""])
def test_nothing_is_allowed_if_no_origin_is_listed(origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in render("", Origin=origin)


def test_stage_variable_is_never_empty() -> None:
    # API Gateway: a value of a stage variable matches [A-Za-z0-9-._~:/?#&=,]+.
    assert properties("RestApi")["Variables"]["allowedOrigins"]["Fn::Join"][1][0] == "none"
