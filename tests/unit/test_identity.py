"""Authentication: bearer tokens, the subprotocol pair, and visitor tokens."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conversations.domain import principal, visitor_token
from conversations.domain.errors import UnauthorizedError
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from conversations.ports.identity import TicketStore
from tests.builders import MORNING, a_conversation, a_conversation_id, a_user, a_visitor
from tests.fakes.memory import InMemoryVisitorTokenStore
from tests.fakes.world import World

ADA = a_user()
TOKEN = "eyJhbGciOi.J9.c2ln-_"


@pytest.fixture
def world() -> World:
    world = World()
    world.tokens.book[TOKEN] = ADA
    return world


def authenticate_socket(
    world: World, *, authorization: str | None = None, subprotocols: str | None = None, session_token: str | None = None
) -> Principal:
    return world.identity.authenticate_socket(
        ticket=None, authorization=authorization, subprotocols=subprotocols, session_token=session_token
    )


VALID_HEADERS = [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER   {TOKEN} ", f"  Bearer {TOKEN}"]
INVALID_HEADERS = [
    TOKEN,
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Bearer {TOKEN} {TOKEN}",
    f"Bearer,{TOKEN}",
    f"Basic {TOKEN}",
    f"Token {TOKEN}",
    "Basic dXNlcjpwYXNz",
    f"BearerBearer {TOKEN}",
]


@pytest.mark.parametrize("authorization", VALID_HEADERS)
def test_valid_bearer_token_authenticates_over_rest_and_websocket(world: World, authorization: str) -> None:
    assert world.identity.authenticate_request(authorization) == ADA
    assert authenticate_socket(world, authorization=authorization) == ADA


@pytest.mark.parametrize("authorization", INVALID_HEADERS)
def test_other_authorization_headers_are_refused_over_rest_and_websocket(world: World, authorization: str) -> None:
    with pytest.raises(UnauthorizedError):
        world.identity.authenticate_request(authorization)
    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, authorization=authorization)


@pytest.mark.parametrize("authorization", [None, ""])
def test_request_without_a_token_is_refused(world: World, authorization: str | None) -> None:
    with pytest.raises(UnauthorizedError, match="required"):
        world.identity.authenticate_request(authorization)


@pytest.mark.parametrize("authorization", [None, ""])
def test_connection_without_credentials_is_a_new_visitor(world: World, authorization: str | None) -> None:
    first, second = (
        authenticate_socket(world, authorization=authorization),
        authenticate_socket(world, authorization=authorization),
    )

    assert first.anonymous
    assert first.expires_at is None
    assert first.conversation_id != second.conversation_id
    assert first.owner == f"visitor:{first.conversation_id}"


@pytest.mark.parametrize(
    "subprotocols",
    [
        f"bearer, {TOKEN}",
        f"bearer,{TOKEN}",
        f" bearer ,  {TOKEN} ",
        f"chat, bearer, {TOKEN}",
        f"Bearer, {TOKEN}",
        f"BEARER,{TOKEN}",
    ],
)
def test_subprotocol_token_authenticates(world: World, subprotocols: str) -> None:
    assert authenticate_socket(world, subprotocols=subprotocols) == ADA


@pytest.mark.parametrize(
    "subprotocols",
    [
        "bearer",
        "bearer,",
        "bearer, ",
        "bearer, wrong",
        f"{TOKEN}, bearer",
        "Bearer",
        f"Bearer {TOKEN}",
        f"bearer.{TOKEN}",
    ],
)
def test_subprotocol_without_a_valid_token_is_refused(world: World, subprotocols: str) -> None:
    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, subprotocols=subprotocols)


@pytest.mark.parametrize("subprotocols", [None, "", "chat", f"chat, {TOKEN}"])
def test_other_subprotocols_are_ignored(world: World, subprotocols: str | None) -> None:
    assert authenticate_socket(world, subprotocols=subprotocols).anonymous


def test_authorization_header_takes_precedence_over_subprotocol(world: World) -> None:
    assert authenticate_socket(world, authorization=f"Bearer {TOKEN}", subprotocols="bearer, wrong") == ADA
    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, authorization="Bearer wrong", subprotocols=f"bearer, {TOKEN}")


def test_user_token_takes_precedence_over_visitor_token(world: World) -> None:
    assert authenticate_socket(world, authorization=f"Bearer {TOKEN}", session_token="anything") == ADA
    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, authorization="Bearer wrong", session_token=a_visitor_with_token(world)[1])


def a_visitor_with_token(world: World) -> tuple[Principal, str]:
    visitor = a_visitor()
    conversation = world.add_conversation(a_conversation(visitor))
    token = visitor_token.make(conversation.id)
    InMemoryVisitorTokenStore(world.memory).add_token(conversation.id, hash_secret(token))
    return visitor, token


def test_visitor_token_authenticates_the_visitor(world: World) -> None:
    visitor, token = a_visitor_with_token(world)

    assert authenticate_socket(world, session_token=token) == visitor


def test_visitor_token_is_accepted_as_subprotocol(world: World) -> None:
    visitor, token = a_visitor_with_token(world)

    assert authenticate_socket(world, subprotocols=f"session_token, {token}") == visitor
    assert authenticate_socket(world, subprotocols=f"chat,session_token,{token}", session_token="wrong") == visitor
    assert authenticate_socket(world, subprotocols=f"session_token, {token}, bearer, {TOKEN}") == ADA


@pytest.mark.parametrize("subprotocols", ["session_token", "session_token,", "session_token, wrong"])
def test_subprotocol_without_a_valid_visitor_token_is_refused(world: World, subprotocols: str) -> None:
    _, token = a_visitor_with_token(world)

    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, subprotocols=subprotocols, session_token=token)


def test_visitor_token_is_refused_after_the_conversation_expired(world: World) -> None:
    _, token = a_visitor_with_token(world)
    world.clock.forward(minutes=30)

    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, session_token=token)


def test_visitor_token_is_refused_as_bearer_token(world: World) -> None:
    _, token = a_visitor_with_token(world)

    with pytest.raises(UnauthorizedError):
        world.identity.authenticate_request(f"Bearer {token}")


def test_visitor_token_is_refused_for_another_conversation(world: World) -> None:
    _, mine = a_visitor_with_token(world)
    other, _ = a_visitor_with_token(world)
    assert other.conversation_id is not None

    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, session_token=f"{other.conversation_id}.{mine.partition('.')[2]}")


AN_ID = "018d0c90-4d00-7f1d-ac8e-36704c4acd03"


@pytest.mark.parametrize(
    "session_token",
    [
        "",
        ".",
        "secret",
        AN_ID,
        f"{AN_ID}.",
        f"{AN_ID}.secret",
        f"{AN_ID.upper()}.secret",
        f"session-{AN_ID}.secret",
        f"{AN_ID}#dialog.secret",
        "../etc/passwd.secret",
    ],
)
def test_malformed_visitor_token_is_refused(world: World, session_token: str) -> None:
    with pytest.raises(UnauthorizedError):
        authenticate_socket(world, session_token=session_token)


def test_visitor_tokens_are_random() -> None:
    conversation_id = a_conversation_id()
    tokens = {visitor_token.make(conversation_id) for _ in range(100)}

    assert len(tokens) == 100
    # 256 bits in base 64.
    assert {len(token.partition(".")[2]) for token in tokens} == {43}
    assert len({hash_secret(token) for token in tokens}) == 100


def test_principal_is_valid_until_its_token_expires() -> None:
    caller = a_user(expires_at=MORNING)

    caller.require_valid(MORNING - timedelta(milliseconds=1))
    for late in (timedelta(), timedelta(seconds=1)):
        with pytest.raises(UnauthorizedError, match="expired"):
            caller.require_valid(MORNING + late)


def test_visitor_principal_does_not_expire() -> None:
    a_visitor().require_valid(MORNING + timedelta(days=365))


@pytest.mark.parametrize("subject", ["ada", "user:ada", "visitor:1", "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"])
def test_subject_is_read_from_user_owner_keys_only(subject: str) -> None:
    assert principal.get_subject(a_user(subject).owner) == subject
    assert principal.get_subject(a_visitor().owner) is None
    assert principal.get_subject(principal.webhook_principal(f"user:{subject}").owner) is None


@pytest.mark.parametrize("ticket", ["", "x", "x" * 42, "x" * 44, "x" * 5_000, "ü" * 43, "#" * 43, "x" * 43 + "\n"])
def test_what_is_no_ticket_is_not_looked_up(world: World, ticket: str) -> None:
    def no_store() -> TicketStore:
        raise AssertionError(ticket)

    identity = replace(world.identity, tickets=no_store)

    with pytest.raises(UnauthorizedError):
        identity.authenticate_socket(ticket=ticket, authorization=None, subprotocols=None, session_token=None)
