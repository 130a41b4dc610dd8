"""The authorizer of both APIs: who is let in, and as whom."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import events
from tests.aws import STACK_UUID, Aws
from tests.builders import a_conversation, a_rule_bot, a_visitor
from tests.events import Event
from tests.integration.issuer import AUDIENCE, Issuer, SigningKey, claims, serving
from tests.integration.running import Functions, Logs, reading_logs, running

KEY, STRANGE_KEY = SigningKey.es256(), SigningKey.es256()
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Gate:
    """The functions, and the issuer their template names."""

    functions: Functions
    issuer: Issuer

    def token(self, key: SigningKey = KEY, **changes: Any) -> str:  # noqa: ANN401 - whatever JSON holds
        return key.sign(claims(self.issuer.address, **changes))

    def asks(self, authorization: str | None, *, header: str = "Authorization") -> dict[str, Any]:
        """Let API Gateway ask about a REST request."""
        event = events.event("authorizer.rest")
        del event["headers"]["Authorization"]
        if authorization is not None:
            event["headers"][header] = authorization
        return self.functions.invoke("authorizer", event)

    def asks_for_a_socket(self, query: dict[str, str] | None = None, **headers: str) -> dict[str, Any]:
        """Let API Gateway ask about a handshake."""
        event = events.event("authorizer.websocket")
        del event["headers"]["Authorization"]
        event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        event["queryStringParameters"] = query or {}
        return self.functions.invoke("authorizer", event)


@pytest.fixture
def gate(deployed: Aws) -> Iterator[Gate]:
    with serving(Issuer(keys=[KEY.jwk()])) as issuer:
        parameters = {
            "OidcIssuer": issuer.address,
            "OidcAudience": AUDIENCE,
            "OidcJwksUrl": f"{issuer.address}/keys",
        }
        with running(deployed, **parameters) as functions:
            functions.publish(a_rule_bot("default", "General Bot"))
            yield Gate(functions, issuer)


@pytest.fixture
def logs(gate: Gate) -> Iterator[Logs]:
    del gate
    with reading_logs() as read:
        yield read


def effect(policy: dict[str, Any]) -> str:
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    word: str = statement["Effect"]
    return word


def resource(policy: dict[str, Any]) -> str:
    (statement,) = policy["policyDocument"]["Statement"]
    name: str = statement["Resource"]
    return name


# ------------------------------------------------------------------------------------------------------------ REST


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_good_token_is_let_in_to_the_whole_stage(gate: Gate, header: str, scheme: str) -> None:
    expires = int(time.time()) + 600

    policy = gate.asks(f"{scheme} {gate.token(exp=expires)}", header=header)

    assert effect(policy) == "Allow"
    # The answer is cached for every method.
    assert resource(policy) == "arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0/api/*"
    assert policy["context"] == {"owner": "user:ada", "expires_at": str(expires)}
    assert policy["principalId"] == "user:ada"


@pytest.mark.parametrize(
    ("groups", "tier"), [([], "free"), (["staff"], "free"), (["partner"], "partner"), (["staff", "partner"], "partner")]
)
def test_a_caller_is_put_on_the_plan_of_their_groups_by_the_templates_key(
    gate: Gate, groups: list[str], tier: str
) -> None:
    belongs: dict[str, Any] = {"cognito:groups": groups}

    policy = gate.asks(f"Bearer {gate.token(**belongs)}")

    assert policy["usageIdentifierKey"] == f"{tier}-{STACK_UUID}"
    assert json.loads(policy["context"].get("groups", "[]")) == sorted(groups)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer a.b.c"])
def test_no_token_and_one_that_is_none_are_denied(gate: Gate, authorization: str | None) -> None:
    policy = gate.asks(authorization)

    assert effect(policy) == "Deny"
    assert "context" not in policy
    assert "usageIdentifierKey" not in policy


@pytest.mark.parametrize(
    "changes", [{"exp": int(time.time()) - 3_600}, {"aud": "somebody"}, {"iss": "https://evil.example"}, {"sub": ""}]
)
def test_a_token_that_does_not_verify_is_denied(gate: Gate, changes: dict[str, Any]) -> None:
    assert effect(gate.asks(f"Bearer {gate.token(**changes)}")) == "Deny"


def test_a_token_of_somebody_elses_key_is_denied(gate: Gate) -> None:
    assert effect(gate.asks(f"Bearer {gate.token(STRANGE_KEY)}")) == "Deny"


def test_an_issuer_that_fails_makes_an_error_and_no_denial(gate: Gate) -> None:
    gate.issuer.instead = (503, b"busy")

    # API Gateway would keep a denial for five minutes; of an exception it makes the 503 of AUTHORIZER_FAILURE.
    with pytest.raises(Exception, match="cannot be verified right now"):
        gate.asks(f"Bearer {gate.token()}")
    gate.issuer.instead = None
    assert effect(gate.asks(f"Bearer {gate.token()}")) == "Allow"


def context_of(policy: dict[str, Any]) -> dict[str, Any]:
    """Return what API Gateway hands on of a policy."""
    assert all(isinstance(value, str) for value in policy["context"].values())
    return {**policy["context"], "principalId": policy["principalId"], "integrationLatency": 12}


def with_context(event: Event, policy: dict[str, Any]) -> Event:
    event["requestContext"]["authorizer"] = context_of(policy)
    return event


def test_what_the_authorizer_says_opens_the_functions(gate: Gate) -> None:
    policy = gate.asks(f"Bearer {gate.token()}")
    start = events.rest("start_conversation", body={"initial_message": "Hello"})

    started = gate.functions.invoke("start_conversation", with_context(start, policy))
    listed = gate.functions.invoke("list_conversations", with_context(events.rest("list_conversations"), policy))

    assert started["statusCode"] == listed["statusCode"] == 200
    assert json.loads(listed["body"])["total"] == 1


def test_what_the_authorizer_said_stops_opening_them_when_the_token_runs_out(gate: Gate) -> None:
    # The token is within the leeway for clocks, and so verified; the functions go by the second.
    policy = gate.asks(f"Bearer {gate.token(exp=int(time.time()) - 1)}")
    assert effect(policy) == "Allow"

    answer = gate.functions.invoke("list_conversations", with_context(events.rest("list_conversations"), policy))

    assert answer["statusCode"] == 401
    assert json.loads(answer["body"])["error"] == "unauthorized"


# ---------------------------------------------------------------------------------------------------------- sockets


def test_a_socket_without_credentials_is_let_in_as_a_new_visitor(gate: Gate) -> None:
    first, second = gate.asks_for_a_socket(), gate.asks_for_a_socket()

    assert effect(first) == "Allow"
    assert resource(first) == "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/ws/*"
    assert first["context"].keys() == {"owner", "session_id"}
    assert first["context"]["owner"] == f"visitor:{first['context']['session_id']}"
    assert first["context"]["session_id"] != second["context"]["session_id"]
    assert "usageIdentifierKey" not in first


def test_a_socket_with_a_good_token_is_let_in_as_its_user(gate: Gate) -> None:
    token = gate.token()

    for policy in (
        gate.asks_for_a_socket(Authorization=f"Bearer {token}"),
        gate.asks_for_a_socket(authorization=f"Bearer {token}"),
        gate.asks_for_a_socket(Sec_WebSocket_Protocol=f"bearer, {token}"),
        gate.asks_for_a_socket(sec_websocket_protocol=f"bearer,{token}"),
    ):
        assert effect(policy) == "Allow"
        assert policy["context"]["owner"] == "user:ada"
        assert "session_id" not in policy["context"]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({}, {"Authorization": "Bearer x"}),
        ({}, {"Authorization": "Basic YTpi"}),
        ({}, {"Sec_WebSocket_Protocol": "bearer, x"}),
        ({}, {"Sec_WebSocket_Protocol": "bearer"}),
        ({"session_token": ""}, {}),
        ({"session_token": "x"}, {}),
        ({"session_token": "018d0c90-4d00-7abc-8def-0123456789ab.x"}, {}),
    ],
)
def test_a_socket_with_bad_credentials_gets_a_401(gate: Gate, query: dict[str, str], headers: dict[str, str]) -> None:
    # API Gateway makes a 401 of exactly this text, and a 403 of a policy that denies.
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        gate.asks_for_a_socket(query, **headers)


def test_a_visitor_comes_back_with_the_token_of_their_socket(gate: Gate) -> None:
    first = gate.asks_for_a_socket()
    event = with_context(events.socket("connect.visitor"), first)
    assert gate.functions.invoke("connect", event) == {"statusCode": 200}
    gate.functions.run_the_bots()
    token = gate.functions.sockets.told["phone"][0]["session_token"]

    again = gate.asks_for_a_socket({"session_token": token})

    assert again["context"].items() >= first["context"].items()
    assert token not in json.dumps(again)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        gate.asks_for_a_socket({"session_token": token[:-1]})


def test_a_visitor_whose_session_has_ended_does_not_come_back(gate: Gate) -> None:
    visitor = a_visitor()
    gate.functions.holds(a_conversation(visitor, last_activity=NOW - timedelta(minutes=30)))

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        gate.asks_for_a_socket({"session_token": f"{visitor.session_id}.secret"})


def test_the_events_of_the_folder_are_judged(gate: Gate) -> None:
    # Their token is nobody's.
    assert effect(gate.functions.invoke("authorizer", events.event("authorizer.rest"))) == "Deny"
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        gate.functions.invoke("authorizer", events.event("authorizer.websocket"))


# ------------------------------------------------------------------------------------------------------------- logs


def test_no_log_holds_a_token(gate: Gate, logs: Logs) -> None:
    good, bad = gate.token(), gate.token(STRANGE_KEY)
    for token in (good, bad):
        gate.asks(f"Bearer {token}")
    gate.asks_for_a_socket(Sec_WebSocket_Protocol=f"bearer, {good}")
    for query, headers in (({}, {"Authorization": f"Bearer {bad}"}), ({"session_token": bad}, {})):
        with pytest.raises(Exception, match="Unauthorized"):
            gate.asks_for_a_socket(query, **headers)
    gate.issuer.instead = (503, b"busy")

    assert [line["message"] for line in logs.lines] == ["allowed", "denied", "allowed", "denied", "denied"]
    for token in (good, bad):
        for part in token.split("."):
            assert part not in logs.text
