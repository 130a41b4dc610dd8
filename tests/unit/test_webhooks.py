"""Webhooks: authentication, running the script, and retries of deliveries."""

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from pydantic import JsonValue

from basic.bundle import Bundle
from basic.data.in_memory import InMemoryTableStore
from basic.filters.filter import MATCH_ALL
from basic.http.transport import Hop, HopResponse
from basic.package import build
from conversations.domain.bot import Bot
from conversations.domain.errors import (
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    UnauthorizedError,
    UnavailableError,
)
from conversations.domain.memory import build_memory_key
from conversations.domain.secrets import hash_secret
from conversations.domain.turn_time import unlimited
from conversations.domain.webhooks import ScriptFailedError, WebhookRequest, WebhookResponse
from conversations.engines.basic.drive import FileLinks
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.script_services import ScriptServices
from conversations.engines.basic.webhooks import BasicWebhookRunner
from conversations.engines.knowledge.bases import CachedBases
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from conversations.services.webhooks import WebhookService
from tests.builders import MORNING, a_bot, a_rule_bot
from tests.fakes.knowledge import InMemoryKnowledgeStore
from tests.fakes.memory import Database, InMemoryBotCatalogue, InMemoryMemoryStore, InMemoryWebhookStore
from tests.fakes.owned_rows import InMemoryOwnedRowStore
from tests.fakes.schedules import InMemoryScheduleStore
from tests.fakes.talk import build_talk_service
from tests.unit.basic.http.fake_web import Web
from tools.bots.memory_drive import InMemoryDriveStore
from tools.bots.memory_sent_files import InMemorySentFileStore

SECRET = "b6Jm2xQe8Vw4Zr1Ty7Uo3Ip9"


@dataclass
class MemoryJournal:
    """A durable journal."""

    content: bytes = b""

    def read(self) -> bytes:
        return self.content

    def write(self, content: bytes) -> None:
        self.content = content

    @property
    def is_over(self) -> bool:
        return False

    def is_superseded(self) -> bool:
        return False


@dataclass
class Shop:
    """A bot with one webhook, ``orders``, and its environment."""

    script: str
    config: dict[str, str] = field(default_factory=dict)
    memory: Database = field(default_factory=Database)
    tables: InMemoryTableStore = field(default_factory=InMemoryTableStore)
    drive: InMemoryDriveStore = field(default_factory=InMemoryDriveStore)
    web: Web = field(default_factory=Web)
    journals: dict[str, MemoryJournal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        built = build({"orders.bas": f'WEBHOOK "orders"\n{self.script}'})
        assert built.program is not None, "\n".join(map(str, built.diagnostics))
        self.bundle = Bundle(built.program, self.config)
        self.bots = InMemoryBotCatalogue(self.memory)
        self.bots.publish(a_bot("shop", engine="basic", program={"version": "1", "key": "shop/1.json"}))
        self.bots.set_hash("shop", hash_secret(SECRET))

    def get(self, key: str) -> Bundle:
        assert key == "shop/1.json"
        return self.bundle

    @property
    def service(self) -> WebhookService:
        services = ScriptServices(
            programs=self,
            tables=lambda _: self.tables,
            memories=InMemoryMemoryStore(self.memory),
            drive=self.drive,
            links=FileLinks(InMemorySentFileStore(self.drive), "https://chat.example/api"),
            owned_rows=InMemoryOwnedRowStore(lambda _bot_id: self.tables, lambda _owner, _conversation_id: False),
            talker=build_talk_service(self.memory),
            schedules=InMemoryScheduleStore(),
            knowledge=KnowledgeSearch(CachedBases(InMemoryKnowledgeStore())),
            client=self.web.client(),
        )
        run = BasicWebhookRunner(services, lambda call: self.journals.setdefault(call.key, MemoryJournal()))
        return WebhookService(secrets=self.bots, bots=self.bots, scripts=run, store=InMemoryWebhookStore(self.memory))

    @property
    def bot(self) -> Bot:
        return self.service.authenticate("shop", SECRET)

    def deliver(self, call: WebhookRequest) -> WebhookResponse:
        return self.service.answer(self.bot, call)


def a_call(
    body: JsonValue = None, *, name: str = "orders", delivery_id: str = "1", repeatable: bool = True, seconds: int = 0
) -> WebhookRequest:
    return WebhookRequest(
        bot_id="shop",
        name=name,
        method="POST",
        params={"source": "web"},
        headers={"x_shop": "Berlin"},
        body=body,
        delivery_id=delivery_id,
        repeatable=repeatable,
        now=MORNING + timedelta(seconds=seconds),
    )


def run_webhook(script: str, body: JsonValue = None) -> str:
    return Shop(script).deliver(a_call(body)).body


STAFF = """
TABLE staff READ BY "hr" WRITE BY "hr"
    id string key
END TABLE
"""


# --------------------------------------------------------------------------------------------------- authentication


def test_webhook_secret_authenticates() -> None:
    assert Shop("").service.authenticate("shop", SECRET).id == "shop"


@pytest.mark.parametrize(
    ("bot_id", "secret"), [("shop", SECRET + "x"), ("shop", ""), ("other", SECRET), ("nobody", SECRET), ("nobody", "")]
)
def test_invalid_secret_is_refused_with_the_same_error(bot_id: str, secret: str) -> None:
    """A wrong secret, a bot without a secret and an unknown bot cannot be distinguished."""
    shop = Shop("")
    shop.bots.publish(a_rule_bot("other", "Other"))

    with pytest.raises(UnauthorizedError, match=r"^The webhook secret is missing or invalid\.$"):
        shop.service.authenticate(bot_id, secret)


def test_replaced_secret_is_refused() -> None:
    shop = Shop("")
    assert shop.bot.id == "shop"
    shop.bots.set_hash("shop", hash_secret("new"))

    with pytest.raises(UnauthorizedError):
        shop.service.authenticate("shop", SECRET)


# ---------------------------------------------------------------------------------------------------------- scripts


def test_script_gets_the_delivery_and_its_result_is_the_response() -> None:
    script = "result = #{who: headers.x_shop, how: method, from: params.source, what: body.order}"

    assert run_webhook(script, {"order": 7}) == '{"who": "Berlin", "how": "POST", "from": "web", "what": 7}'


def test_script_without_a_result_returns_no_content() -> None:
    assert Shop("x = 1").deliver(a_call()) == WebhookResponse(204)


def test_parameters_of_the_bot_are_variables() -> None:
    assert Shop("result = #{limit: limit}", {"param-limit": "5"}).deliver(a_call()).body == '{"limit": 5}'


def test_script_inserts_rows_and_sets_bot_memories() -> None:
    shop = Shop('INSERT "orders", body\nSET BOT MEMORY "last", body.order\nresult = GET BOT MEMORY "last"')

    assert shop.deliver(a_call({"order": 7})).body == "7"

    [row] = shop.tables.find("orders", MATCH_ALL)
    assert row["order"] == 7
    assert InMemoryMemoryStore(shop.memory).recall(build_memory_key("shop", "last")) == 7


def test_large_numbers_become_floating_point() -> None:
    assert run_webhook("result = body", [2**70, 1]) == "[1.1805916207174113e+21, 1]"


@pytest.mark.parametrize("body", [float("inf"), [10**400], {"a": [[[]]]}])
def test_body_with_invalid_values_is_refused(body: JsonValue) -> None:
    deep = body
    for _ in range(31):
        deep = [deep]

    with pytest.raises(InvalidRequestError, match="body: the JSON is nested too deeply, or a number is too large"):
        Shop("result = 1").deliver(a_call(deep))


def test_unknown_webhook_is_not_found() -> None:
    shop = Shop("result = 1")
    rules = a_rule_bot("rules", "Rules")

    for bot, call in ((shop.bot, a_call(name="other")), (rules, a_call())):
        with pytest.raises(NotFoundError, match=r"^The bot has no such webhook\.$"):
            shop.service.answer(bot, call)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ('x = 1\ny = "a" * 2', 'orders.bas:3:9: "a" is not a number'),
        ("HEAR name", "orders.bas:2:1: HEAR is not allowed in a webhook, it has no user"),
        ('x = HEAR "Who?"', "HEAR is not allowed in a webhook"),
        ('SET USER MEMORY "a", 1', "orders.bas:2:1: a run without a user has no user memory"),
        ("result = #{status: 999}", "orders.bas: the status of a webhook's result is 200 to 599, not 999"),
    ],
)
def test_script_failure_names_the_position_for_the_author(script: str, fault: str) -> None:
    with pytest.raises(ScriptFailedError) as failed:
        Shop(script).deliver(a_call())

    assert fault in str(failed.value)


def test_script_failure_stores_no_memories() -> None:
    shop = Shop('SET BOT MEMORY "last", 1\nx = 1 / 0')

    with pytest.raises(ScriptFailedError):
        shop.deliver(a_call())

    assert shop.memory.remembered == {}


def test_messages_of_a_webhook_script_reach_nobody_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        assert run_webhook('TALK "Olá"\nresult = "ok"') == "ok"

    assert caplog.text == ""


def test_slow_script_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 1_000_000, 7))
    monkeypatch.setattr(TurnHost, "seconds", lambda _: float(next(seconds)))

    with pytest.raises(UnavailableError, match="The webhook timed out"):
        Shop("FOR i = 1 TO 5000\nNEXT i\nresult = 1").deliver(a_call())


# ------------------------------------------------------------------------------------------------ retries

COUNTING = """
n = GET BOT MEMORY "n"
IF n = "" THEN n = 0
n = n + 1
SET BOT MEMORY "n", n
result = #{n: n}
"""


def test_repeated_delivery_gets_the_same_response_and_runs_once() -> None:
    shop = Shop(COUNTING)

    first = shop.deliver(a_call({"order": 7}))
    assert shop.deliver(a_call({"order": 7}, seconds=23 * 3_600)) == first
    assert InMemoryMemoryStore(shop.memory).recall(build_memory_key("shop", "n")) == 1


def test_idempotency_key_expires_after_a_day() -> None:
    shop = Shop(COUNTING)

    assert shop.deliver(a_call()).body == '{"n": 1}'
    assert shop.deliver(a_call(seconds=24 * 3_600)).body == '{"n": 2}'


def test_deliveries_without_an_idempotency_key_all_run() -> None:
    shop = Shop(COUNTING)

    bodies = [shop.deliver(a_call(repeatable=False, delivery_id=f"request-{n}")).body for n in range(2)]

    assert bodies == ['{"n": 1}', '{"n": 2}']
    assert shop.memory.webhook_answers == {}
    assert shop.journals == {}


def test_idempotency_key_reused_for_other_content_is_a_conflict() -> None:
    shop = Shop(COUNTING)
    shop.deliver(a_call({"order": 7}))

    with pytest.raises(ConflictError, match="This Idempotency-Key was used for another content"):
        shop.deliver(a_call({"order": 8}))


def test_retried_delivery_repeats_no_request_and_no_insert() -> None:
    """The function crashes before it stores the response; the sender retries later."""
    script = 'r = POST "https://api.test/pay", #{at: NOW()}\nINSERT "orders", #{paid: r.data}\nresult = #{paid: r.data}'
    shop = Shop(script, web=Web(answer=lambda _: HopResponse(200, "OK", {}, b"receipt")))
    call = a_call({"order": 7})

    turn = shop.service.scripts.run(shop.bot, call, unlimited)
    again = shop.deliver(replace(call, now=call.now + timedelta(hours=1)))

    assert again == turn.answer
    assert len(shop.web.hops) == 1
    assert len(shop.tables.find("orders", MATCH_ALL)) == 1


def test_request_of_a_script_has_an_idempotency_key() -> None:
    shop = Shop('POST "https://api.test/pay", #{a: 1}')

    shop.deliver(a_call())

    [hop] = shop.web.hops
    assert hop.headers["Idempotency-Key"] == f"{a_call().turn_id}:1"


def test_concurrent_deliveries_get_the_first_response() -> None:
    web, concurrent = Web(), list[WebhookResponse]()
    shop = Shop(f'x = GET "https://api.test/"\n{COUNTING}', web=web)

    def answer(_: Hop) -> HopResponse:
        if len(web.hops) == 1:
            concurrent.append(shop.deliver(a_call()))
        return HopResponse(200, "OK", {}, b"")

    web.answer = answer

    assert [shop.deliver(a_call())] == concurrent
    assert InMemoryMemoryStore(shop.memory).recall(build_memory_key("shop", "n")) == 1


def test_webhook_has_the_permissions_of_the_bot() -> None:
    assert run_webhook(f'{STAFF}SAVE "staff", 1, #{{}}\nresult = UBOUND(FIND("staff"))') == "1"


@pytest.mark.parametrize("bot_id", ["a" * 3_000, "shop#webhook", "#catalogue", "Shop", "", "shop\n", "shöp"])
def test_what_is_no_bot_id_reaches_no_store(bot_id: str) -> None:
    class NoStore(InMemoryBotCatalogue):
        def get_hash(self, bot_id: str) -> str | None:
            raise AssertionError(bot_id)

    shop = Shop("TALK 1")
    service = replace(shop.service, secrets=NoStore(shop.memory))

    with pytest.raises(UnauthorizedError):
        service.authenticate(bot_id, SECRET)
