"""Webhooks: who is let in, what a script does with a delivery, and what happens when one comes again."""

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
from conversations.domain.webhooks import ScriptFailedError, WebhookRequest, WebhookResponse
from conversations.engines.basic import webhooks as scripts
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.webhooks import BasicWebhookRunner
from conversations.services.webhooks import WebhookService
from tests.builders import MORNING, a_bot, a_rule_bot
from tests.fakes.memory import Memory, MemoryBots, MemoryMemory, MemoryWebhooks
from tests.unit.basic.http.fake_web import Web

SECRET = "b6Jm2xQe8Vw4Zr1Ty7Uo3Ip9"


@dataclass
class MemoryJournal:
    """A journal that outlives the function."""

    kept: bytes = b""

    def read(self) -> bytes:
        return self.kept

    def write(self, kept: bytes) -> None:
        self.kept = kept


@dataclass
class Shop:
    """A bot with one webhook, ``orders``, and all around it."""

    script: str
    config: dict[str, str] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    tables: InMemoryTableStore = field(default_factory=InMemoryTableStore)
    web: Web = field(default_factory=Web)
    journals: dict[str, MemoryJournal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        built = build({"orders.bas": f'WEBHOOK "orders"\n{self.script}'})
        assert built.program is not None, "\n".join(map(str, built.diagnostics))
        self.bundle = Bundle(built.program, self.config)
        self.bots = MemoryBots(self.memory)
        self.bots.publish(a_bot("shop", engine="basic", program={"version": "1", "key": "shop/1.json"}))
        self.bots.give_webhook_secret("shop", hash_secret(SECRET))

    def get(self, key: str) -> Bundle:
        assert key == "shop/1.json"
        return self.bundle

    @property
    def service(self) -> WebhookService:
        run = BasicWebhookRunner(
            programs=self,
            tables=lambda _: self.tables,
            memories=MemoryMemory(self.memory),
            journal=lambda call: self.journals.setdefault(call.key, MemoryJournal()),
            client=self.web.client(),
        )
        return WebhookService(secrets=self.bots, scripts=run, store=MemoryWebhooks(self.memory))

    @property
    def bot(self) -> Bot:
        return self.service.bot_of("shop", SECRET)

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
        delivery_id=delivery,
        repeatable=repeatable,
        now=MORNING + timedelta(seconds=seconds),
    )


def answered(script: str, body: JsonValue = None) -> str:
    return Shop(script).deliver(a_call(body)).body


STAFF = """
TABLE staff READ BY "hr" WRITE BY "hr"
    id string key
END TABLE
"""


# ---------------------------------------------------------------------------------------------------- who is let in


def test_the_secret_of_the_bot_lets_in() -> None:
    assert Shop("").service.bot_of("shop", SECRET).id == "shop"


@pytest.mark.parametrize(
    ("bot_id", "secret"), [("shop", SECRET + "x"), ("shop", ""), ("other", SECRET), ("nobody", SECRET), ("nobody", "")]
)
def test_whoever_has_no_secret_is_told_nothing(bot_id: str, secret: str) -> None:
    """A wrong secret, a bot without one and a bot that is not there look the same."""
    shop = Shop("")
    shop.bots.publish(a_rule_bot("other", "Other"))

    with pytest.raises(UnauthorizedError, match=r"^The secret of the bot's webhooks is missing or wrong\.$"):
        shop.service.bot_of(bot_id, secret)


def test_the_secret_that_a_bot_had_before_is_no_longer_good() -> None:
    shop = Shop("")
    assert shop.bot.id == "shop"
    shop.bots.give_webhook_secret("shop", hash_secret("new"))

    with pytest.raises(UnauthorizedError):
        shop.service.bot_of("shop", SECRET)


# -------------------------------------------------------------------------------------------------- what a script does


def test_a_script_is_given_the_delivery_and_answers_with_result() -> None:
    script = "result = #{who: headers.x_shop, how: method, from: params.source, what: body.order}"

    assert answered(script, {"order": 7}) == '{"who": "Berlin", "how": "POST", "from": "web", "what": 7}'


def test_a_script_without_a_result_answers_with_nothing() -> None:
    assert Shop("x = 1").deliver(a_call()) == WebhookResponse(204)


def test_the_parameters_of_the_bot_are_variables() -> None:
    assert Shop("result = #{limit: limit}", {"param-limit": "5"}).deliver(a_call()).body == '{"limit": 5}'


def test_a_script_keeps_rows_and_remembers_for_the_bot() -> None:
    shop = Shop('INSERT "orders", body\nSET BOT MEMORY "last", body.order\nresult = GET BOT MEMORY "last"')

    assert shop.deliver(a_call({"order": 7})).body == "7"

    [row] = shop.tables.find("orders", MATCH_ALL)
    assert row["order"] == 7
    assert MemoryMemory(shop.memory).recall(build_memory_key("shop", "last")) == 7


def test_numbers_that_no_script_holds_go_on_as_floating_point() -> None:
    assert answered("result = body", [2**70, 1]) == "[1.1805916207174113e+21, 1]"


@pytest.mark.parametrize("body", [float("inf"), [10**400], {"a": [[[]]]}])
def test_a_body_that_no_script_could_hold_is_refused(body: JsonValue) -> None:
    deep = body
    for _ in range(31):
        deep = [deep]

    with pytest.raises(InvalidRequestError, match="body: it is nested too deep, or a number is too large"):
        Shop("result = 1").deliver(a_call(deep))


def test_a_webhook_that_the_bot_has_not_is_not_found() -> None:
    shop = Shop("result = 1")
    rules = a_rule_bot("rules", "Rules")

    for bot, call in ((shop.bot, a_call(name="other")), (rules, a_call())):
        with pytest.raises(NotFoundError, match=r"^The bot has no such webhook\.$"):
            shop.service.answer(bot, call)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ('x = 1\ny = "a" * 2', 'orders.bas:3:9: "a" is not a number'),
        ("HEAR name", "orders.bas:2:1: a webhook has nobody to ask, so there is no HEAR in it"),
        ('x = HEAR "Who?"', "a webhook has nobody to ask"),
        ('SET USER MEMORY "a", 1', "orders.bas:2:1: there is no user here whose memory it could be"),
        ("result = #{status: 999}", "orders.bas: the status of a webhook's result is 200 to 599, not 999"),
    ],
)
def test_a_script_that_breaks_is_a_fault_for_its_author(script: str, fault: str) -> None:
    with pytest.raises(ScriptFailedError) as failed:
        Shop(script).deliver(a_call())

    assert fault in str(failed.value)


def test_a_script_that_breaks_leaves_nothing_remembered() -> None:
    shop = Shop('SET BOT MEMORY "last", 1\nx = 1 / 0')

    with pytest.raises(ScriptFailedError):
        shop.deliver(a_call())

    assert shop.memory.remembered == {}


def test_what_a_script_says_reaches_nobody_but_a_log_that_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, scripts.logger.name):
        assert answered('TALK "Olá"\nresult = "ok"') == "ok"
    assert caplog.text == ""

    with caplog.at_level(logging.DEBUG, scripts.logger.name):
        answered('TALK "Olá"')
    assert "TALK Olá" in caplog.text


def test_a_script_that_takes_too_long_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 1_000_000, 7))
    monkeypatch.setattr(TurnHost, "seconds", lambda _: float(next(seconds)))

    with pytest.raises(UnavailableError, match="The webhook takes too long"):
        Shop("FOR i = 1 TO 5000\nNEXT i\nresult = 1").deliver(a_call())


# ------------------------------------------------------------------------------------------------ what comes again

COUNTING = """
n = GET BOT MEMORY "n"
IF n = "" THEN n = 0
n = n + 1
SET BOT MEMORY "n", n
result = #{n: n}
"""


def test_a_delivery_that_comes_again_is_answered_as_it_was_and_done_once() -> None:
    shop = Shop(COUNTING)

    first = shop.deliver(a_call({"order": 7}))
    assert shop.deliver(a_call({"order": 7}, seconds=23 * 3_600)) == first
    assert MemoryMemory(shop.memory).recall(build_memory_key("shop", "n")) == 1


def test_a_name_is_forgotten_after_a_day() -> None:
    shop = Shop(COUNTING)

    assert shop.deliver(a_call()).body == '{"n": 1}'
    assert shop.deliver(a_call(seconds=24 * 3_600)).body == '{"n": 2}'


def test_deliveries_without_a_name_of_their_own_are_all_done() -> None:
    shop = Shop(COUNTING)

    bodies = [shop.deliver(a_call(repeatable=False, delivery_id=f"request-{n}")).body for n in range(2)]

    assert bodies == ['{"n": 1}', '{"n": 2}']
    assert shop.memory.webhook_answers == {}
    assert shop.journals == {}


def test_a_name_that_is_used_for_another_content_is_a_conflict() -> None:
    shop = Shop(COUNTING)
    shop.deliver(a_call({"order": 7}))

    with pytest.raises(ConflictError, match="This Idempotency-Key was used for another content"):
        shop.deliver(a_call({"order": 8}))


def test_a_delivery_that_was_cut_short_repeats_no_request_and_no_row() -> None:
    """The function dies after everything but the answer; the sender tries again, later."""
    script = 'r = POST "https://api.test/pay", #{at: NOW()}\nINSERT "orders", #{paid: r.data}\nresult = #{paid: r.data}'
    shop = Shop(script, web=Web(answer=lambda _: HopResponse(200, "OK", {}, b"receipt")))
    call = a_call({"order": 7})

    turn = shop.service.scripts.run(shop.bot, call)
    again = shop.deliver(replace(call, now=call.now + timedelta(hours=1)))

    assert again == turn.answer
    assert len(shop.web.hops) == 1
    assert len(shop.tables.find("orders", MATCH_ALL)) == 1


def test_a_request_of_a_script_names_its_effect() -> None:
    shop = Shop('POST "https://api.test/pay", #{a: 1}')

    shop.deliver(a_call())

    [hop] = shop.web.hops
    assert hop.headers["Idempotency-Key"] == f"{a_call().turn_id}:1"


def test_of_two_deliveries_at_once_the_first_answer_stands() -> None:
    web, meanwhile = Web(), list[WebhookResponse]()
    shop = Shop(f'x = GET "https://api.test/"\n{COUNTING}', web=web)

    def answer(_: Hop) -> HopResponse:
        if len(web.hops) == 1:
            meanwhile.append(shop.deliver(a_call()))
        return HopResponse(200, "OK", {}, b"")

    web.answer = answer

    assert [shop.deliver(a_call())] == meanwhile
    assert MemoryMemory(shop.memory).recall(build_memory_key("shop", "n")) == 1


def test_whoever_has_the_secret_acts_with_the_rights_of_the_bot() -> None:
    assert answered(f'{STAFF}SAVE "staff", 1, #{{}}\nresult = UBOUND(FIND("staff"))') == "1"
