"""What the users do in a run."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from conversations.services.retries import MAX_CRASHES
from tests.faults.automations import REPORTER
from tests.faults.bot import BROKEN, CHANGING, build_question
from tests.faults.clients import SimulatedClient, SimulatedUser
from tests.faults.files import CLERK
from tests.faults.plans import Fault
from tests.faults.received_mails import DESK
from tests.faults.schedules import FOLLOWER
from tests.faults.script_bots import ScriptBot
from tests.faults.sent_messages import SECRETARY, TEXTER
from tests.faults.simulation import Simulation, Steps, Wait
from tests.faults.streaming_scenarios import STREAMING_SCENARIOS

_HALF_AN_HOUR = 30 * 60
_TEN_MINUTES = 10 * 60
_DEADLY_TRIES = MAX_CRASHES + 1
_OUTAGE = timedelta(hours=4)

type Scenario = Callable[[Simulation], list[SimulatedUser]]


def rest_sends(simulation: Simulation) -> list[SimulatedUser]:
    """A user starts a conversation and sends a message over REST."""
    ada = SimulatedUser.user(simulation, "ada")
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.start()
        yield from phone.send(build_question(2), "rest")

    simulation.spawn(steps())
    return [ada]


def socket_sends(simulation: Simulation) -> list[SimulatedUser]:
    """A user connects and sends a message over WebSocket."""
    ada = SimulatedUser.user(simulation, "ada")
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.connect()
        message = yield from phone.send(build_question(1))
        yield from phone.wait_for_answer(message)

    simulation.spawn(steps())
    return [ada]


def first_words(simulation: Simulation) -> list[SimulatedUser]:
    """A user starts with an initial message, and connects afterwards."""
    ada = SimulatedUser.user(simulation, "ada")
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.start(build_question(3))
        yield from phone.connect()
        yield from phone.send(build_question(4))

    simulation.spawn(steps())
    return [ada]


def visitor_chat(simulation: Simulation) -> list[SimulatedUser]:
    """A visitor connects, sends a message, loses the connection, and reconnects."""
    eve = SimulatedUser.visitor(simulation, "eve")
    tab = eve.add_client("tab")

    def steps() -> Steps:
        yield from tab.connect()
        message = yield from tab.send(build_question(2))
        yield from tab.wait_for_answer(message)
        tab.disconnect()
        yield from tab.connect()
        yield from tab.send(build_question(9))

    simulation.spawn(steps())
    return [eve]


def two_devices(simulation: Simulation) -> list[SimulatedUser]:
    """A user has two connections; one is lost without notice and reconnects."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")

    def talk() -> Steps:
        yield from phone.connect()
        laptop.conversation_id = phone.conversation_id
        yield from laptop.connect()
        yield from phone.send(build_question(1))
        laptop.disconnect(seen=False)
        yield from phone.send(build_question(2))
        yield from laptop.connect()
        yield from laptop.send(build_question(5))

    simulation.spawn(talk())
    return [ada]


def device_watches(simulation: Simulation) -> list[SimulatedUser]:
    """A user sends a message on one device. Another one is only open, and nobody sends anything more."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, tablet = ada.add_client("phone"), ada.add_client("tablet")

    def talk() -> Steps:
        yield from phone.start()
        tablet.conversation_id = phone.conversation_id
        yield from tablet.connect()
        message = yield from phone.send(build_question(2), "rest")
        yield from tablet.watch_answer(message)
        if not tablet.has_answer(message) and not may_be_deaf(simulation):
            ada.faults.append("the tablet was open and has not shown the answer")

    simulation.spawn(talk())
    return [ada]


def may_be_deaf(simulation: Simulation) -> bool:
    """Return whether a device may be open and have missed a frame: it could not be closed, or its network is gone."""
    return any(
        fault.operation.name == "DeleteConnection" or fault.fault is Fault.HALF_OPEN for fault in simulation.faults
    )


def racing_sends(simulation: Simulation) -> list[SimulatedUser]:
    """Two clients of a user send messages at the same time, one of them over REST."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")

    def prepare() -> Steps:
        yield from phone.start()
        laptop.conversation_id = phone.conversation_id
        simulation.spawn(talk(laptop, "socket", 6))
        yield from talk(phone, "rest", 1)

    def talk(client: SimulatedClient, via: str, first: int) -> Steps:
        for number in (first, first + 1):
            yield from client.send(build_question(number), via)

    simulation.spawn(prepare())
    return [ada]


def greeting(simulation: Simulation) -> list[SimulatedUser]:
    """A user connects and waits for the greeting."""
    ada = SimulatedUser.user(simulation, "ada")
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.connect()
        yield Wait(lambda: any(frame["type"] == "message" for frame in phone.frames), 60)

    simulation.spawn(steps())
    return [ada]


def long_turns(simulation: Simulation) -> list[SimulatedUser]:
    """Every answer has three messages, and the questions come faster than the answers."""
    ada = SimulatedUser.user(simulation, "ada")
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.start(build_question(3))
        for number in (6, 9):
            yield from phone.send(build_question(number), "rest")

    simulation.spawn(steps())
    return [ada]


def other_transport(simulation: Simulation) -> list[SimulatedUser]:
    """A message that was sent over WebSocket is sent again over REST, with the same id."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")

    def steps() -> Steps:
        yield from phone.connect()
        message = yield from phone.send(build_question(2), retry_via="rest")
        laptop.conversation_id = phone.conversation_id
        yield from laptop.resend(message, "rest")
        yield from phone.send(build_question(4), "rest", retry_via="socket")

    simulation.spawn(steps())
    return [ada]


def archived_while_sending(simulation: Simulation) -> list[SimulatedUser]:
    """A client archives and reopens the conversation while another one sends messages."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")

    def talk() -> Steps:
        yield from phone.start(build_question(1))
        laptop.conversation_id = phone.conversation_id
        simulation.spawn(tidy())
        for number in (2, 4):
            yield from phone.send(build_question(number), "rest")

    def tidy() -> Steps:
        yield from laptop.set_status("archived")
        yield from laptop.set_status("active")
        yield from laptop.send(build_question(5), "rest")

    simulation.spawn(talk())
    return [ada]


def deleted_while_answering(simulation: Simulation) -> list[SimulatedUser]:
    """A user deletes a conversation before its answer, and continues in another one."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")

    def steps() -> Steps:
        yield from phone.start(build_question(3))
        yield from phone.send(build_question(4), "rest")
        yield from phone.delete()
        yield from laptop.start(build_question(6))

    simulation.spawn(steps())
    return [ada]


def neighbours(simulation: Simulation) -> list[SimulatedUser]:
    """Two users send messages; for one of them no fault is injected, and none may be noticed."""
    ada, bob = SimulatedUser.user(simulation, "ada"), SimulatedUser.user(simulation, "bob")
    simulation.protected.add(bob.principal.owner)
    phone, desk = ada.add_client("phone"), bob.add_client("desk")

    def talk() -> Steps:
        yield from phone.connect()
        for number in (1, 6):
            yield from phone.send(build_question(number))

    def work() -> Steps:
        yield from desk.start(build_question(8))
        simulation.protected.add(str(desk.conversation_id))
        for number in (9, 10):
            yield from desk.send(build_question(number), "rest")

    simulation.spawn(talk())
    simulation.spawn(work())
    return [ada, bob]


def claimed(simulation: Simulation) -> list[SimulatedUser]:
    """A visitor sends a message and signs in; the user continues the conversation."""
    eve, ada = SimulatedUser.visitor(simulation, "eve"), SimulatedUser.user(simulation, "ada")
    tab, phone = eve.add_client("tab"), ada.add_client("phone")

    def steps() -> Steps:
        yield from tab.connect()
        message = yield from tab.send(build_question(2))
        yield from tab.wait_for_answer(message)
        yield from phone.claim(eve)
        yield from phone.connect()
        yield from phone.send(build_question(4))

    simulation.spawn(steps())
    return [eve, ada]


def claimed_while_answering(simulation: Simulation) -> list[SimulatedUser]:
    """A visitor signs in before an answer, while another tab is still sending."""
    eve, ada = SimulatedUser.visitor(simulation, "eve"), SimulatedUser.user(simulation, "ada")
    tab, phone = eve.add_client("tab"), ada.add_client("phone")

    def talk() -> Steps:
        yield from tab.connect()
        yield from tab.send(build_question(3))
        simulation.spawn(sign_in())
        yield from tab.send(build_question(9))

    def sign_in() -> Steps:
        yield from phone.claim(eve)
        yield from phone.send(build_question(4), "rest")

    simulation.spawn(talk())
    return [eve, ada]


def claimed_with_open_phone(simulation: Simulation) -> list[SimulatedUser]:
    """A visitor signs in before an answer, and the user has another device open."""
    eve, ada = SimulatedUser.visitor(simulation, "eve"), SimulatedUser.user(simulation, "ada")
    tab, phone, desk = eve.add_client("tab"), ada.add_client("phone"), ada.add_client("desk")

    def steps() -> Steps:
        yield from phone.connect()
        yield from tab.connect()
        yield from tab.send(build_question(3))
        yield from desk.claim(eve)

    simulation.spawn(steps())
    return [eve, ada]


def archived_while_answering(simulation: Simulation) -> list[SimulatedUser]:
    """A conversation is archived, or reopened, before its answers; two devices are open."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop, desk = ada.add_client("phone"), ada.add_client("laptop"), ada.add_client("desk")

    def steps() -> Steps:
        yield from phone.connect()
        laptop.conversation_id = desk.conversation_id = phone.conversation_id
        yield from laptop.connect()
        yield from phone.send(build_question(4))
        yield from desk.set_status("archived")
        yield Wait(lambda: False, 5)
        yield from desk.set_status("active")
        yield from phone.send(build_question(2))
        yield from desk.set_status("archived")

    simulation.spawn(steps())
    return [ada]


def deleted_with_open_devices(simulation: Simulation) -> list[SimulatedUser]:
    """A conversation is deleted before its answer; two devices are open."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop, desk = ada.add_client("phone"), ada.add_client("laptop"), ada.add_client("desk")

    def steps() -> Steps:
        yield from phone.connect()
        laptop.conversation_id = desk.conversation_id = phone.conversation_id
        yield from laptop.connect()
        yield from phone.send(build_question(4))
        yield from desk.delete()

    simulation.spawn(steps())
    return [ada]


def three_tabs(simulation: Simulation) -> list[SimulatedUser]:
    """A user without a conversation opens three tabs at once."""
    ada = SimulatedUser.user(simulation, "ada")
    for name in ("one", "two", "three"):
        simulation.spawn(ada.add_client(name).connect())
    return [ada]


def silent_visitor(simulation: Simulation) -> list[SimulatedUser]:
    """A visitor sends a message and stays connected until the conversation expires."""
    eve = SimulatedUser.visitor(simulation, "eve")
    tab = eve.add_client("tab")

    def steps() -> Steps:
        yield from tab.connect()
        message = yield from tab.send(build_question(4))
        yield from tab.wait_for_answer(message)
        yield Wait(lambda: not eve.is_active, _HALF_AN_HOUR + _TEN_MINUTES)
        if eve.is_active and not simulation.has_fault("sockets"):
            eve.faults.append("the visitor was not notified of the expiry")
        eve.end()

    simulation.spawn(steps())
    return [eve]


def poisoned(simulation: Simulation) -> list[SimulatedUser]:
    """A poison message kills every function that processes it; the next message is answered."""
    ada = SimulatedUser.user(simulation, "ada")
    ada.expects_failures = True
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.connect()
        bad = yield from phone.send(build_question(4))
        assert bad.acknowledged is not None
        public_id = bad.acknowledged["message_id"]
        simulation.poison[public_id.removeprefix("msg-")] = _DEADLY_TRIES
        good = yield from phone.send(build_question(5))
        yield from phone.wait_for_answer(good, 1_200)

    simulation.spawn(steps())
    return [ada]


def broken_bot(simulation: Simulation) -> list[SimulatedUser]:
    """A bot has an unknown engine: every message fails, one after the other."""
    ada = SimulatedUser.user(simulation, "ada")
    ada.expects_failures = True
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.start(bot_id=BROKEN.id)
        yield from phone.connect()
        for number in (1, 2):
            message = yield from phone.send(build_question(number))
            assert message.acknowledged is not None
            public_id = message.acknowledged["message_id"]
            yield Wait(lambda public_id=public_id: public_id in ada.failed_message_ids, 600)  # type: ignore[misc]  # mypy cannot infer it

    simulation.spawn(steps())
    return [ada]


def bot_begins_to_wait(simulation: Simulation) -> list[SimulatedUser]:
    """While two devices send messages, the bot is published with a language model: its turns move to another queue."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")
    simulation.publish(CHANGING)

    def prepare() -> Steps:
        yield from phone.start(bot_id=CHANGING.id)
        laptop.conversation_id = phone.conversation_id
        yield from laptop.connect()
        simulation.spawn(talk(laptop, "socket", 6))
        yield from phone.send(build_question(1), "rest")
        simulation.publish(CHANGING.model_copy(update={"waits": True}))
        yield from talk(phone, "rest", 2)

    def talk(client: SimulatedClient, via: str, first: int) -> Steps:
        for number in (first, first + 1, first + 2):
            yield from client.send(build_question(number), via)

    simulation.spawn(prepare())
    return [ada]


def tables_away(simulation: Simulation) -> list[SimulatedUser]:
    """DynamoDB is unavailable for hours, from the first message on."""
    return _send_into_outage(simulation, "dynamodb")


def queues_away(simulation: Simulation) -> list[SimulatedUser]:
    """SQS is unavailable for hours, from the first message on."""
    return _send_into_outage(simulation, "sqs")


def functions_throttled(simulation: Simulation) -> list[SimulatedUser]:
    """Lambda is throttled for hours, from the first message on: it receives jobs and cannot run them."""
    return _send_into_outage(simulation, "lambda")


def _send_into_outage(simulation: Simulation, service: str) -> list[SimulatedUser]:
    ada = SimulatedUser.user(simulation, "ada")
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.start()
        simulation.spawn(fail())
        yield from phone.send(build_question(2), "rest")

    def fail() -> Steps:
        yield Wait(lambda: any('"answer"' in record.body for record in simulation.queues["RepliesQueue"].records), 600)
        simulation.outages.start(service, simulation.clock(), _OUTAGE)

    simulation.spawn(steps())
    return [ada]


def erased_while_answering(simulation: Simulation) -> list[SimulatedUser]:
    """A user erases everything before an answer, and starts again."""
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")

    def steps() -> Steps:
        yield from phone.start(build_question(3))
        yield from phone.send(build_question(4), "rest")
        yield from phone.request_until_final("delete_me")
        ada.deleted.update(ada.conversation_ids)
        yield Wait(lambda: False, _TEN_MINUTES)
        yield from laptop.start(build_question(6))

    simulation.spawn(steps())
    return [ada]


def files_written(simulation: Simulation) -> list[SimulatedUser]:
    """Every turn of a script changes files, and questions come faster than answers."""
    return _ask_scripts(simulation, CLERK)


def _ask_scripts(simulation: Simulation, bot: ScriptBot) -> list[SimulatedUser]:
    """Let a user ask a bot of scripts three questions, faster than it answers."""
    simulation.set_default_bot(bot.bot)
    ada = SimulatedUser.user(simulation, "ada")
    phone = ada.add_client("phone")

    def steps() -> Steps:
        yield from phone.connect()
        yield _until_greeted(phone)
        for number in (3, 4, 5):
            yield from phone.send(build_question(number), "rest")

    simulation.spawn(steps())
    return [ada]


def _until_greeted(client: SimulatedClient) -> Wait:
    """Wait for the greeting: a script that a message reaches before it greets in the turn of that message."""
    return Wait(lambda: any(frame["type"] == "message" for frame in client.frames), _TEN_MINUTES)


def files_erased(simulation: Simulation) -> list[SimulatedUser]:
    """A user erases everything while a script changes files, and starts again."""
    simulation.set_default_bot(CLERK.bot)
    ada = SimulatedUser.user(simulation, "ada")
    phone, laptop = ada.add_client("phone"), ada.add_client("laptop")

    def steps() -> Steps:
        yield from phone.connect()
        yield _until_greeted(phone)
        yield from phone.send(build_question(4), "rest")
        yield from phone.request_until_final("delete_me")
        ada.deleted.update(ada.conversation_ids)
        yield Wait(lambda: False, _TEN_MINUTES)
        yield from laptop.connect()
        yield _until_greeted(laptop)
        yield from laptop.send(build_question(6), "rest")

    simulation.spawn(steps())
    return [ada]


def mails_sent(simulation: Simulation) -> list[SimulatedUser]:
    """Every turn of a script sends a mail and creates a task, and questions come faster than answers."""
    return _ask_scripts(simulation, SECRETARY)


def texts_sent(simulation: Simulation) -> list[SimulatedUser]:
    """Every turn of a script sends a text message and creates a task, and questions come faster than answers."""
    return _ask_scripts(simulation, TEXTER)


def scripts_due(simulation: Simulation) -> list[SimulatedUser]:
    """A script is due three times, one of them is delivered twice at once and one again after its run."""
    simulation.set_default_bot(REPORTER.bot)
    first = simulation.clock().replace(second=0, microsecond=0)

    def steps() -> Steps:
        simulation.schedule(first, times=2)
        yield Wait(lambda: False, _TEN_MINUTES)
        simulation.schedule(first + timedelta(minutes=5))
        yield Wait(lambda: False, _TEN_MINUTES)
        simulation.schedule(first)
        simulation.schedule(first + timedelta(minutes=15))

    simulation.spawn(steps())
    return []


def mails_received(simulation: Simulation) -> list[SimulatedUser]:
    """A bot receives three mails; one of them is reported twice at once, and one again after its run."""
    simulation.set_default_bot(DESK.bot)

    def steps() -> Steps:
        simulation.receive_mail("mail-1", times=2)
        simulation.receive_mail("mail-2")
        yield Wait(lambda: False, _TEN_MINUTES)
        simulation.receive_mail("mail-1")
        simulation.receive_mail("mail-3")

    simulation.spawn(steps())
    return []


def rows_changed(simulation: Simulation) -> list[SimulatedUser]:
    """Every turn of a script writes a row, for which another script runs."""
    return _ask_scripts(simulation, REPORTER)


def schedules_computed(simulation: Simulation) -> list[SimulatedUser]:
    """Every turn of a script sets a schedule of another script, which runs some hours later."""
    return _ask_scripts(simulation, FOLLOWER)


SCENARIOS: Mapping[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        rest_sends,
        socket_sends,
        first_words,
        visitor_chat,
        two_devices,
        device_watches,
        racing_sends,
        greeting,
        long_turns,
        other_transport,
        archived_while_sending,
        deleted_while_answering,
        neighbours,
        claimed,
        claimed_while_answering,
        claimed_with_open_phone,
        archived_while_answering,
        deleted_with_open_devices,
        three_tabs,
        silent_visitor,
        poisoned,
        broken_bot,
        bot_begins_to_wait,
        tables_away,
        queues_away,
        functions_throttled,
        erased_while_answering,
        files_written,
        files_erased,
        mails_sent,
        texts_sent,
        scripts_due,
        rows_changed,
        mails_received,
        schedules_computed,
    )
} | dict(STREAMING_SCENARIOS)
