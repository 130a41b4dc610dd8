"""The authorizer of both APIs: which requests are allowed, and for which principal."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests import events
from tests.aws import STACK_UUID, Aws
from tests.builders import a_conversation, a_rule_bot, a_visitor, a_visitor_token
from tests.events import Event
from tests.integration.issuer import AUDIENCE, Issuer, SigningKey, build_claims, serve_issuer
from tests.integration.running import Functions, Logs, capture_logs, run_functions

KEY, OTHER_KEY = SigningKey.es256(), SigningKey.es256()
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Authorizer:
    """The functions, and the issuer that their template names."""

    functions: Functions
    issuer: Issuer

    def token(self, key: SigningKey = KEY, **changes: Any) -> str:  # noqa: ANN401 - whatever JSON holds
        return key.sign(build_claims(self.issuer.address, **changes))

    def authorize_request(self, authorization: str | None, *, header: str = "Authorization") -> dict[str, Any]:
        """Authorize a REST request."""
        event = events.event("authorizer.rest")
        del event["headers"]["Authorization"]
        if authorization is not None:
            event["headers"][header] = authorization
        return self.functions.invoke("authorizer", event)

    def authorize_handshake(self, query: dict[str, str] | None = None, **headers: str) -> dict[str, Any]:
        """Authorize a handshake."""
        event = events.event("authorizer.websocket")
        del event["headers"]["Authorization"]
        event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
        event["queryStringParameters"] = query or {}
        return self.functions.invoke("authorizer", event)


@pytest.fixture
def authorizer(deployed: Aws) -> Iterator[Authorizer]:
    with serve_issuer(Issuer(keys=[KEY.jwk()])) as issuer:
        parameters = {
            "OidcIssuer": issuer.address,
            "OidcAudience": AUDIENCE,
            "OidcJwksUrl": f"{issuer.address}/keys",
        }
        with run_functions(deployed, **parameters) as functions:
            functions.publish(a_rule_bot("default", "General Bot"))
            yield Authorizer(functions, issuer)


@pytest.fixture
def logs(authorizer: Authorizer) -> Iterator[Logs]:
    del authorizer
    with capture_logs() as read:
        yield read


def get_effect(policy: dict[str, Any]) -> str:
    (statement,) = policy["policyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    code: str = statement["Effect"]
    return code


def get_resource(policy: dict[str, Any]) -> str:
    (statement,) = policy["policyDocument"]["Statement"]
    name: str = statement["Resource"]
    return name


# ------------------------------------------------------------------------------------------------------------ REST


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_valid_token_is_allowed_for_the_entire_stage(authorizer: Authorizer, header: str, scheme: str) -> None:
    expires = int(time.time()) + 600

    policy = authorizer.authorize_request(f"{scheme} {authorizer.token(exp=expires)}", header=header)

    assert get_effect(policy) == "Allow"
    # The response is cached for every method.
    assert get_resource(policy) == "arn:aws:execute-api:us-east-1:123456789012:f6g7h8i9j0/api/*"
    assert policy["context"] == {"owner": "user:ada", "expires_at": str(expires)}
    assert policy["principalId"] == "user:ada"


@pytest.mark.parametrize(
    ("groups", "tier"), [([], "free"), (["staff"], "free"), (["partner"], "partner"), (["staff", "partner"], "partner")]
)
def test_usage_plan_depends_on_groups(authorizer: Authorizer, groups: list[str], tier: str) -> None:
    claim: dict[str, Any] = {"cognito:groups": groups}

    policy = authorizer.authorize_request(f"Bearer {authorizer.token(**claim)}")

    assert policy["usageIdentifierKey"] == f"{tier}-{STACK_UUID}"
    assert json.loads(policy["context"].get("groups", "[]")) == sorted(groups)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer x", "Basic YTpi", "Bearer a.b.c"])
def test_missing_or_malformed_token_is_denied(authorizer: Authorizer, authorization: str | None) -> None:
    policy = authorizer.authorize_request(authorization)

    assert get_effect(policy) == "Deny"
    assert "context" not in policy
    assert "usageIdentifierKey" not in policy


@pytest.mark.parametrize(
    "changes", [{"exp": int(time.time()) - 3_600}, {"aud": "another"}, {"iss": "https://evil.example"}, {"sub": ""}]
)
def test_invalid_token_is_denied(authorizer: Authorizer, changes: dict[str, Any]) -> None:
    assert get_effect(authorizer.authorize_request(f"Bearer {authorizer.token(**changes)}")) == "Deny"


def test_token_of_unknown_key_is_denied(authorizer: Authorizer) -> None:
    assert get_effect(authorizer.authorize_request(f"Bearer {authorizer.token(OTHER_KEY)}")) == "Deny"


def test_policy_of_user_with_many_groups_is_within_the_quota(authorizer: Authorizer) -> None:
    claim: dict[str, Any] = {"cognito:groups": ['"' * 40 + f"ü{number}" for number in range(500)] + ["partner"]}

    policy = authorizer.authorize_request(f"Bearer {authorizer.token(sub='s' * 255, **claim)}")

    # API Gateway quotas: 8 KB for the response of a Lambda authorizer.
    assert len(json.dumps(policy)) < 4_096
    assert policy["usageIdentifierKey"] == f"partner-{STACK_UUID}"


def test_key_that_the_issuer_may_have_added_since_is_an_error_and_not_a_denial(authorizer: Authorizer) -> None:
    assert get_effect(authorizer.authorize_request(f"Bearer {authorizer.token()}")) == "Allow"
    authorizer.issuer.keys.append(OTHER_KEY.jwk() | {"kid": "new"})

    with pytest.raises(Exception, match="cannot be verified right now"):
        authorizer.authorize_request(f"Bearer {OTHER_KEY.sign(build_claims(authorizer.issuer.address), kid='new')}")


def test_unavailable_issuer_is_an_error_and_not_a_denial(authorizer: Authorizer) -> None:
    authorizer.issuer.instead = (503, b"busy")

    # API Gateway would cache a denial for five minutes; an exception becomes the 503 of AUTHORIZER_FAILURE.
    with pytest.raises(Exception, match="cannot be verified right now"):
        authorizer.authorize_request(f"Bearer {authorizer.token()}")
    authorizer.issuer.instead = None
    assert get_effect(authorizer.authorize_request(f"Bearer {authorizer.token()}")) == "Allow"


def build_context(policy: dict[str, Any]) -> dict[str, Any]:
    """Return the context that API Gateway builds from a policy."""
    assert all(isinstance(value, str) for value in policy["context"].values())
    return {**policy["context"], "principalId": policy["principalId"], "integrationLatency": 12}


def with_context(event: Event, policy: dict[str, Any]) -> Event:
    event["requestContext"]["authorizer"] = build_context(policy)
    return event


def test_functions_accept_context_of_the_authorizer(authorizer: Authorizer) -> None:
    policy = authorizer.authorize_request(f"Bearer {authorizer.token()}")
    start = events.rest("start_conversation", body={"initial_message": "Hello"})

    started = authorizer.functions.invoke("start_conversation", with_context(start, policy))
    listed = authorizer.functions.invoke("list_conversations", with_context(events.rest("list_conversations"), policy))

    assert started["statusCode"] == listed["statusCode"] == 200
    assert json.loads(listed["body"])["total"] == 1


def test_functions_refuse_context_of_expired_token(authorizer: Authorizer) -> None:
    # The token is valid within the leeway for clock skew; the functions compare exactly.
    policy = authorizer.authorize_request(f"Bearer {authorizer.token(exp=int(time.time()) - 1)}")
    assert get_effect(policy) == "Allow"

    response = authorizer.functions.invoke(
        "list_conversations", with_context(events.rest("list_conversations"), policy)
    )

    assert response["statusCode"] == 401
    assert json.loads(response["body"])["error"] == "unauthorized"


# ------------------------------------------------------------------------------------------------------- WebSocket


def test_handshake_without_credentials_is_a_new_visitor(authorizer: Authorizer) -> None:
    first, second = authorizer.authorize_handshake(), authorizer.authorize_handshake()

    assert get_effect(first) == "Allow"
    assert get_resource(first) == "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/ws/*"
    assert first["context"].keys() == {"owner", "session_id"}
    assert first["context"]["owner"] == f"visitor:{first['context']['session_id']}"
    assert first["context"]["session_id"] != second["context"]["session_id"]
    assert "usageIdentifierKey" not in first


def test_handshake_with_valid_token_is_the_user(authorizer: Authorizer) -> None:
    token = authorizer.token()

    for policy in (
        authorizer.authorize_handshake(Authorization=f"Bearer {token}"),
        authorizer.authorize_handshake(authorization=f"Bearer {token}"),
        authorizer.authorize_handshake(Sec_WebSocket_Protocol=f"bearer, {token}"),
        authorizer.authorize_handshake(sec_websocket_protocol=f"bearer,{token}"),
    ):
        assert get_effect(policy) == "Allow"
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
def test_handshake_with_invalid_credentials_is_unauthorized(
    authorizer: Authorizer, query: dict[str, str], headers: dict[str, str]
) -> None:
    # API Gateway responds 401 to exactly this text, and 403 to a policy that denies.
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.authorize_handshake(query, **headers)


def test_visitor_reconnects_with_session_token(authorizer: Authorizer) -> None:
    first = authorizer.authorize_handshake()
    event = with_context(events.socket("connect.visitor"), first)
    assert authorizer.functions.invoke("connect", event) == {"statusCode": 200}
    authorizer.functions.run_bots()
    token = authorizer.functions.connections.frames["phone"][0]["session_token"]

    repeated = authorizer.authorize_handshake({"session_token": token})

    assert repeated["context"].items() >= first["context"].items()
    assert token not in json.dumps(repeated)
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.authorize_handshake({"session_token": token[:-1]})


def test_expired_visitor_cannot_reconnect(authorizer: Authorizer) -> None:
    visitor = a_visitor()
    authorizer.functions.store_conversation(a_conversation(visitor, last_activity=NOW - timedelta(minutes=30)))

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.authorize_handshake({"session_token": a_visitor_token(visitor.conversation_id or "")})


# The token of the events has an unknown key.


def test_example_request_is_denied(authorizer: Authorizer) -> None:
    assert get_effect(authorizer.functions.invoke("authorizer", events.event("authorizer.rest"))) == "Deny"


def test_example_handshake_is_unauthorized(authorizer: Authorizer) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.functions.invoke("authorizer", events.event("authorizer.websocket"))


# ------------------------------------------------------------------------------------------------------------- logs


def test_tokens_are_not_logged(authorizer: Authorizer, logs: Logs) -> None:
    good, bad = authorizer.token(), authorizer.token(OTHER_KEY)
    for token in (good, bad):
        authorizer.authorize_request(f"Bearer {token}")
    authorizer.authorize_handshake(Sec_WebSocket_Protocol=f"bearer, {good}")
    for query, headers in (({}, {"Authorization": f"Bearer {bad}"}), ({"session_token": bad}, {})):
        with pytest.raises(Exception, match="Unauthorized"):
            authorizer.authorize_handshake(query, **headers)
    authorizer.issuer.instead = (503, b"busy")

    assert [line["message"] for line in logs.lines] == ["allowed", "denied", "allowed", "denied", "denied"]
    for token in (good, bad):
        for part in token.split("."):
            assert part not in logs.text
