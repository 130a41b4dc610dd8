"""What users do while a language model or a bot server writes an answer."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from conversations.domain.bot import Bot
from conversations.engines.webhook_bot.circuit_breaker import MAX_FAILURES, OPEN_SECONDS
from tests.faults import bot_servers
from tests.faults.bot import (
    FALLBACK,
    GREETING,
    LAST_PIECES,
    REMOTE,
    WRITER,
    build_streamed_answer,
    build_streamed_question,
)
from tests.faults.clients import SentMessage, SimulatedClient, SimulatedUser
from tests.faults.simulation import Simulation, Steps, Wait

_LONG = 20 * 60
_SERVER_OUTAGE = timedelta(minutes=1)


def _connect_devices(user: SimulatedUser) -> tuple[SimulatedClient, SimulatedClient]:
    """Add two streaming devices; the first one is to start the conversation."""
    phone, laptop = user.add_client("phone"), user.add_client("laptop")
    phone.streams = laptop.streams = True
    return phone, laptop


def _open(bot: Bot, phone: SimulatedClient, *others: SimulatedClient) -> Steps:
    yield from phone.start(bot_id=bot.id)
    for other in others:
        other.conversation_id = phone.conversation_id
    yield from phone.connect()
    yield from _wait_for_greeting(bot, phone)


def _wait_for_greeting(bot: Bot, client: SimulatedClient) -> Steps:
    """Wait until a bot that greets has done so; or at most for 20 seconds."""
    if bot is REMOTE:
        yield Wait(lambda: len(client.views.get(str(client.conversation_id), {})) == len(GREETING), 20)


def _wait_for_text(client: SimulatedClient, *endings: str) -> Steps:
    """Wait until the device shows an answer in progress, with one of the endings; or at most for 20 seconds."""
    yield Wait(lambda: any(text.endswith(endings or "") for text in client.list_texts()), 20)


def _list_contents(client: SimulatedClient) -> list[str]:
    """Return the messages that a device shows of its conversation, in order."""
    shown = client.views.get(str(client.conversation_id), {}).values()
    return [str(message["content"]) for message in sorted(shown, key=lambda message: int(message["seq"]))]


def _expect(user: SimulatedUser, sentence: str, *, holds: bool) -> None:
    """Expect what a fault or another order may prevent."""
    if not user.simulation.faults and user.simulation.plan.is_sequential and not holds:
        user.faults.append(f"{user.name} expected that {sentence}")


def _answer(simulation: Simulation, bot: Bot) -> list[SimulatedUser]:
    """A bot answers twice; a second device opens in mid-answer."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)

    def steps() -> Steps:
        yield from _open(bot, phone, laptop)
        message = yield from phone.send(build_streamed_question(1))
        yield from _wait_for_text(phone)
        yield from laptop.connect()
        yield from phone.wait_for_answer(message)
        _expect(ada, "a device that opens in mid-answer shows what was written", holds=laptop.has_shown_text())
        message = yield from laptop.send(build_streamed_question(2))
        yield from laptop.wait_for_answer(message)

    simulation.spawn(steps())
    return [ada]


def _stop(simulation: Simulation, bot: Bot) -> list[SimulatedUser]:
    """Answers are stopped from the other device: in the middle, at the end, without an id; one is not stopped."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)

    def stop(message: SentMessage, *endings: str, named: bool = True) -> Steps:
        yield from _wait_for_text(laptop, *endings)
        yield from laptop.stop(message, named=named)
        yield from phone.wait_for_end(message)

    def steps() -> Steps:
        yield from _open(bot, phone, laptop)
        yield from laptop.connect()
        message = yield from phone.send(build_streamed_question(3))
        yield from stop(message)
        message = yield from phone.send(build_streamed_question(4))
        yield from stop(message, *LAST_PIECES)
        message = yield from phone.send(build_streamed_question(5))
        yield from phone.wait_for_answer(message)
        message = yield from phone.send(build_streamed_question(6))
        yield from stop(message, named=False)
        ended = sum(frame.get("status") == "stopped" for frame in phone.frames)
        # The stop at the end of the second answer comes too late.
        complete = {build_streamed_answer(build_streamed_question(number)) for number in (3, 6)}
        are_short = complete.isdisjoint(_list_contents(phone))
        _expect(ada, "the stops in the middle end their answers", holds=ended == 2 and are_short)

    simulation.spawn(steps())
    return [ada]


def _claimed(simulation: Simulation, bot: Bot) -> list[SimulatedUser]:
    """A visitor signs in in mid-answer; the user has another device open."""
    eve, ada = SimulatedUser.visitor(simulation, "eve"), SimulatedUser.user(simulation, "ada")
    tab, phone, desk = eve.add_client("tab"), ada.add_client("phone"), ada.add_client("desk")
    tab.streams = phone.streams = desk.streams = True
    # Visitors can only talk to the default bot.
    simulation.set_default_bot(bot)

    def steps() -> Steps:
        yield from phone.connect()
        yield from tab.connect()
        yield from _wait_for_greeting(bot, tab)
        message = yield from tab.send(build_streamed_question(7))
        yield from _wait_for_text(tab)
        yield from desk.claim(eve)
        yield from desk.connect()
        yield from desk.wait_for_answer(message)
        shown = phone.has_shown_text() and desk.has_shown_text()
        _expect(ada, "the user's devices show the answer that they claimed in the middle", holds=shown)
        yield from desk.send(build_streamed_question(8))

    simulation.spawn(steps())
    return [eve, ada]


def _archived(simulation: Simulation, bot: Bot) -> list[SimulatedUser]:
    """A conversation is archived in mid-answer, and reopened; two devices are open."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)
    desk = ada.add_client("desk")

    def steps() -> Steps:
        yield from _open(bot, phone, laptop, desk)
        yield from laptop.connect()
        message = yield from phone.send(build_streamed_question(9))
        yield from _wait_for_text(phone)
        yield from desk.set_status("archived")
        yield from phone.wait_for_answer(message, _LONG)
        yield from desk.set_status("active")
        yield from phone.send(build_streamed_question(10))

    simulation.spawn(steps())
    return [ada]


def _deleted(simulation: Simulation, bot: Bot) -> list[SimulatedUser]:
    """A conversation is deleted in mid-answer; two devices are open, and a third starts another conversation."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)
    desk = ada.add_client("desk")

    def steps() -> Steps:
        yield from _open(bot, phone, laptop, desk)
        yield from laptop.connect()
        yield from phone.send(build_streamed_question(11))
        yield from _wait_for_text(laptop)
        yield from desk.delete()
        yield from desk.start(build_streamed_question(12), bot_id=bot.id)

    simulation.spawn(steps())
    return [ada]


def _greeting_stopped(simulation: Simulation, bot: Bot) -> list[SimulatedUser]:
    """The greeting is stopped from the other device; then a question is answered."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)

    def steps() -> Steps:
        yield from phone.start(bot_id=bot.id)
        laptop.conversation_id = phone.conversation_id
        yield from phone.connect()
        yield from laptop.connect()
        yield from _wait_for_text(laptop)
        yield from laptop.stop(SentMessage(bot_servers.GREETED, None, phone.conversation_id))
        message = yield from phone.send(build_streamed_question(13))
        yield from phone.wait_for_answer(message)
        _expect(ada, "the stop ends the greeting", holds=GREETING[-1] not in _list_contents(phone))

    simulation.spawn(steps())
    return [ada]


def _away(simulation: Simulation, bot: Bot) -> list[SimulatedUser]:
    """The bot server is unavailable for a minute, so it is not called for a while; then it answers again."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)

    def list_failed() -> list[bot_servers.SentRequest]:
        return [request for request in simulation.server_requests if request.outcome == "failed"]

    def ask(number: int, answer: str) -> Steps:
        message = yield from phone.send(build_streamed_question(number))
        yield from phone.wait_for_answer(message, 60)
        holds = _list_contents(phone)[-1:] == [answer]
        _expect(ada, f"question {number} is answered by {answer}", holds=holds)

    def steps() -> Steps:
        yield from _open(bot, phone, laptop)
        yield from laptop.connect()
        yield from ask(14, build_streamed_answer(build_streamed_question(14)))
        simulation.outages.start(bot_servers.SERVICE, simulation.clock(), _SERVER_OUTAGE)
        for number in (15, 16, 17):
            yield from ask(number, FALLBACK)
        _expect(ada, "a server that keeps failing is not called", holds=len(list_failed()) == MAX_FAILURES)
        yield Wait(lambda: False, OPEN_SECONDS)
        yield from ask(18, FALLBACK)
        _expect(ada, "one request finds out whether it is back", holds=len(list_failed()) == MAX_FAILURES + 1)
        yield Wait(lambda: False, _SERVER_OUTAGE.total_seconds())
        for number in (19, 20):
            yield from ask(number, build_streamed_answer(build_streamed_question(number)))

    simulation.spawn(steps())
    return [ada]


STREAMING_SCENARIOS: Mapping[str, Callable[[Simulation], list[SimulatedUser]]] = {
    f"{name}_{scenario.__name__.removeprefix('_')}": partial(scenario, bot=bot)
    for name, bot, scenarios in (
        ("model", WRITER, (_answer, _stop, _claimed, _archived, _deleted)),
        ("server", REMOTE, (_answer, _stop, _claimed, _archived, _deleted, _greeting_stopped, _away)),
    )
    for scenario in scenarios
}
