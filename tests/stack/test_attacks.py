"""Attacks on the users of a running stack: forged tokens, guesses, ids of others, and scripts that waste their budget.

`docs/security.md` lists all attacks that `make attack` tries.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from websockets.exceptions import InvalidStatus

from tests.stack.bots import publish_package
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.documents import OPENAPI
from tests.stack.test_rest import assert_problem
from tests.stack.test_seed import wait_for_history

METHODS = ("get", "post", "patch", "delete")
BODIES = {"post": {"content": "let me in"}, "patch": {"status": "archived"}}
FILE = {"name": "a.txt", "content_type": "text/plain", "size": 1}
OPERATIONS = [
    (method, path)
    for path, methods in json.loads(OPENAPI.read_text())["paths"].items()
    for method in METHODS
    # The link to a file is a credential itself; test_drive.py tries a wrong one.
    if "{conversation_id}" in path and method in methods and methods[method].get("security") != []
]
GUESSES = 30
"""More than a guess per second, and fewer than the webhook's limit."""
TIME_BUDGET_SECONDS = 20
WASTEFUL = """
items = []
FOR i = 1 TO 2000
  items = PUSH(items, "item " & i)
NEXT
WHILE TRUE
  items = SORT(items)
WEND
"""


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_operation_reaches_a_conversation_of_another_user(  # noqa: PLR0913, PLR0917 - fixtures
    api: httpx.Client,
    other_users_api: httpx.Client,
    anonymous_api: httpx.Client,
    conversation_id: str,
    method: str,
    path: str,
) -> None:
    before = api.get(f"/conversations/{conversation_id}").json()
    target = path.format(conversation_id=conversation_id)

    assert_problem(send(other_users_api, method, target), 403, "forbidden")
    assert_problem(send(other_users_api, method, path.format(conversation_id=f"conv-{uuid4()}")), 404, "not_found")
    assert_problem(send(anonymous_api, method, target), 401, "unauthorized")

    after = api.get(f"/conversations/{conversation_id}").json()
    assert (after["status"], after["last_seq"]) == (before["status"], before["last_seq"])


@pytest.fixture
def conversation_id(api: httpx.Client, support_bot: str) -> str:
    """A conversation of the test's user, whose bot has answered."""
    answer = api.post("/conversations/start", json={"bot_id": support_bot, "initial_message": "Hello"}).json()
    wait_for_history(api, answer["conversation_id"], at_least=2)
    return str(answer["conversation_id"])


def send(client: httpx.Client, method: str, path: str) -> httpx.Response:
    return client.request(method, path, json=FILE if path.endswith("/files") else BODIES.get(method))


def test_forged_token_is_unauthorized(anonymous_api: httpx.Client, token: str) -> None:
    for name, forged in forge_tokens(token):
        assert send_forged(anonymous_api, forged).status_code == 401, name


def send_forged(client: httpx.Client, token: str) -> httpx.Response:
    """Send a request with a token; try again for as long as the issuer's keys may not be fetched again.

    Keys that were fetched in the last ten seconds may lack a new one, so an unknown key id is 503 until then.
    """
    deadline = time.monotonic() + 20
    while True:
        response = client.get("/conversations", headers={"Authorization": f"Bearer {token}"})
        if response.status_code != 503 or time.monotonic() > deadline:
            return response
        time.sleep(1)


def forge_tokens(token: str) -> Iterator[tuple[str, str]]:
    """Yield tokens of another user, made from a valid token in the ways that verifiers have accepted."""
    claims = jwt.decode(token, options={"verify_signature": False}) | {"sub": str(uuid4())}
    header = jwt.get_unverified_header(token)
    signature = token.rpartition(".")[2]
    own_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for algorithm in ("none", "None", "nOnE", "NONE"):
        unsigned = f"{encode({'alg': algorithm, 'kid': header['kid'], 'typ': 'JWT'})}.{encode(claims)}."
        yield f"alg {algorithm}", unsigned
        yield f"alg {algorithm} with a signature", unsigned + signature
    yield "other claims, same signature", f"{encode(header)}.{encode(claims)}.{signature}"
    yield "no signature", f"{encode(header)}.{encode(claims)}."
    yield "own key under the issuer's key id", jwt.encode(claims, own_key, "RS256", {"kid": header["kid"]})
    yield "own key in the header", jwt.encode(claims, own_key, "RS256", {"jwk": build_jwk(own_key), "kid": "own"})
    yield "own key at an address", jwt.encode(claims, own_key, "RS256", {"jku": "https://example.com/jwks.json"})
    for secret in (b"", header["kid"].encode(), b"secret"):
        signed = f"{encode({'alg': 'HS256', 'kid': header['kid']})}.{encode(claims)}"
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        yield f"HS256 with the secret {secret!r}", f"{signed}.{encode_bytes(mac)}"


def encode(part: dict[str, Any]) -> str:
    return encode_bytes(json.dumps(part).encode())


def encode_bytes(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def build_jwk(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    return dict(json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())))


def test_guessed_webhook_secret_is_unauthorized_and_the_bot_answers(
    anonymous_api: httpx.Client, connect: OpenConnection
) -> None:
    with connect() as (visitor, _):
        for number in range(GUESSES):
            response = anonymous_api.post("/default/webhook/paid", headers={"X-Webhook-Secret": str(uuid4())})
            assert response.status_code in {401, 429}, number
        visitor.send_message("Hello")
        visitor.receive_answer()


@pytest.mark.parametrize("path", [f"/{'a' * 3_000}/webhook/x", f"/default/webhook/{'x' * 3_000}"])
def test_webhook_of_an_impossible_name_is_refused(anonymous_api: httpx.Client, path: str) -> None:
    response = anonymous_api.post(path, headers={"X-Webhook-Secret": "guess"})

    assert response.status_code in {400, 401, 404}


@pytest.mark.parametrize(
    "query",
    [
        f"?ticket={'0' * 43}",
        "?ticket=x",
        f"?ticket={'x' * 3_000}",
        f"?session_token=00000000-0000-4000-8000-000000000000.{'0' * 43}",
        "?session_token=x",
        f"?session_token={'x' * 3_000}",
    ],
)
def test_guessed_credential_of_a_handshake_is_unauthorized(connect: OpenConnection, query: str) -> None:
    with pytest.raises(InvalidStatus) as refusal, connect(query=query):
        pass

    assert refusal.value.response.status_code == 401


@pytest.fixture
def wasteful_bot(stack: Stack, aws: Callable[[str], Any], tmp_path: Path) -> str:
    """A bot whose answers never end by themselves."""
    bot_id = f"wasteful-{uuid4().hex[:8]}"
    scripts = tmp_path / f"{bot_id}.gbai" / f"{bot_id}.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(f'TALK "Ready."\nHEAR anything\n{WASTEFUL}')
    return publish_package(scripts.parent, stack, aws)


def test_script_that_wastes_its_budget_is_stopped_and_delays_no_other_user(
    wasteful_bot: str, token: str, create_user: Callable[..., str], connect: OpenConnection
) -> None:
    with (
        connect(token=token, query=f"?bot_id={wasteful_bot}") as (abuser, _),
        connect(token=create_user()) as (bystander, _),
    ):
        assert abuser.receive_answer()["content"] == "Ready."
        abuser.send_message("Begin")
        for number in range(5):
            bystander.send_message(f"Hello {number}")
            bystander.receive_answer()
        # The sentence that a bot says when its script fails.
        assert abuser.receive_until(type="message", sender="bot", timeout=2 * TIME_BUDGET_SECONDS)["content"]
