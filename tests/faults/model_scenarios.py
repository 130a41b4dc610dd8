"""What users do while a language model generates an answer."""

from tests.faults.bot import LAST_PIECES, WRITER, build_model_question
from tests.faults.clients import SentMessage, SimulatedClient, SimulatedUser
from tests.faults.simulation import Simulation, Steps, Wait

_LONG = 20 * 60


def _connect_devices(user: SimulatedUser) -> tuple[SimulatedClient, SimulatedClient]:
    """Add two streaming devices; the first one is to start the conversation."""
    phone, laptop = user.add_client("phone"), user.add_client("laptop")
    phone.streams = laptop.streams = True
    return phone, laptop


def _open(phone: SimulatedClient, *others: SimulatedClient) -> Steps:
    yield from phone.start(bot_id=WRITER.id)
    for other in others:
        other.conversation_id = phone.conversation_id
    yield from phone.connect()


def _wait_for_text(client: SimulatedClient, *endings: str) -> Steps:
    """Wait until the device shows an answer in progress, with one of the endings; or at most for 20 seconds."""
    yield Wait(lambda: any(text.endswith(endings or "") for text in client.list_texts()), 20)


def _expect(user: SimulatedUser, sentence: str, *, holds: bool) -> None:
    """Expect what a fault or another order may prevent."""
    if not user.simulation.faults and user.simulation.plan.is_sequential and not holds:
        user.faults.append(f"{user.name} expected that {sentence}")


def model_answer(simulation: Simulation) -> list[SimulatedUser]:
    """A model answers twice; a second device opens in mid-answer."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)

    def steps() -> Steps:
        yield from _open(phone, laptop)
        message = yield from phone.send(build_model_question(1))
        yield from _wait_for_text(phone)
        yield from laptop.connect()
        yield from phone.wait_for_answer(message)
        _expect(ada, "a device that opens in mid-answer shows what was written", holds=laptop.has_shown_text())
        message = yield from laptop.send(build_model_question(2))
        yield from laptop.wait_for_answer(message)

    simulation.spawn(steps())
    return [ada]


def model_stop(simulation: Simulation) -> list[SimulatedUser]:
    """Answers are stopped from the other device: in the middle, at the end, without an id; one is not stopped."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)

    def stop(message: SentMessage, *endings: str, named: bool = True) -> Steps:
        yield from _wait_for_text(laptop, *endings)
        yield from laptop.stop(message, named=named)
        yield from phone.wait_for_end(message)

    def steps() -> Steps:
        yield from _open(phone, laptop)
        yield from laptop.connect()
        message = yield from phone.send(build_model_question(3))
        yield from stop(message)
        message = yield from phone.send(build_model_question(4))
        yield from stop(message, *LAST_PIECES)
        message = yield from phone.send(build_model_question(5))
        yield from phone.wait_for_answer(message)
        message = yield from phone.send(build_model_question(6))
        yield from stop(message, named=False)
        ended = sum(frame.get("status") == "stopped" for frame in phone.frames)
        # The stop at the end of the second answer comes too late.
        _expect(ada, "the stops in the middle end their answers", holds=ended == 2)

    simulation.spawn(steps())
    return [ada]


def model_claimed(simulation: Simulation) -> list[SimulatedUser]:
    """A visitor signs in in mid-answer; the user has another device open."""
    eve, ada = SimulatedUser.visitor(simulation, "eve"), SimulatedUser.user(simulation, "ada")
    tab, phone, desk = eve.add_client("tab"), ada.add_client("phone"), ada.add_client("desk")
    tab.streams = phone.streams = desk.streams = True
    # Visitors can only talk to the default bot.
    simulation.set_default_bot(WRITER)

    def steps() -> Steps:
        yield from phone.connect()
        yield from tab.connect()
        message = yield from tab.send(build_model_question(7))
        yield from _wait_for_text(tab)
        yield from desk.claim(eve)
        yield from desk.connect()
        yield from desk.wait_for_answer(message)
        shown = phone.has_shown_text() and desk.has_shown_text()
        _expect(ada, "the user's devices show the answer that they claimed in the middle", holds=shown)
        yield from desk.send(build_model_question(8))

    simulation.spawn(steps())
    return [eve, ada]


def model_archived(simulation: Simulation) -> list[SimulatedUser]:
    """A conversation is archived in mid-answer, and reopened; two devices are open."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)
    desk = ada.add_client("desk")

    def steps() -> Steps:
        yield from _open(phone, laptop, desk)
        yield from laptop.connect()
        message = yield from phone.send(build_model_question(9))
        yield from _wait_for_text(phone)
        yield from desk.set_status("archived")
        yield from phone.wait_for_answer(message, _LONG)
        yield from desk.set_status("active")
        yield from phone.send(build_model_question(10))

    simulation.spawn(steps())
    return [ada]


def model_deleted(simulation: Simulation) -> list[SimulatedUser]:
    """A conversation is deleted in mid-answer; two devices are open, and a third starts another conversation."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = _connect_devices(ada)
    desk = ada.add_client("desk")

    def steps() -> Steps:
        yield from _open(phone, laptop, desk)
        yield from laptop.connect()
        yield from phone.send(build_model_question(11))
        yield from _wait_for_text(laptop)
        yield from desk.delete()
        yield from desk.start(build_model_question(12), bot_id=WRITER.id)

    simulation.spawn(steps())
    return [ada]


MODEL_SCENARIOS = (model_answer, model_stop, model_claimed, model_archived, model_deleted)
