"""What people do in a run."""

from collections.abc import Callable, Mapping

from tests.faults.bot import BROKEN, question
from tests.faults.people import Device, Person
from tests.faults.simulation import Simulation, Steps, Wait

_HALF_AN_HOUR = 30 * 60
_FEW_MINUTES = 10 * 60
_DEADLY_TRIES = 10

type Scenario = Callable[[Simulation], list[Person]]


def rest_sends(simulation: Simulation) -> list[Person]:
    """A user starts a conversation and says something over REST."""
    ada = Person.user(simulation, "ada")
    phone = ada.device("phone")

    def steps() -> Steps:
        yield from phone.start()
        yield from phone.say(question(2), "rest")

    simulation.spawn(steps())
    return [ada]


def socket_sends(simulation: Simulation) -> list[Person]:
    """A user opens a socket and says something over it."""
    ada = Person.user(simulation, "ada")
    phone = ada.device("phone")

    def steps() -> Steps:
        yield from phone.connect()
        said = yield from phone.say(question(1))
        yield from phone.answered(said)

    simulation.spawn(steps())
    return [ada]


def first_words(simulation: Simulation) -> list[Person]:
    """A user speaks first, then opens a socket on what was begun."""
    ada = Person.user(simulation, "ada")
    phone = ada.device("phone")

    def steps() -> Steps:
        yield from phone.start(question(3))
        yield from phone.connect()
        yield from phone.say(question(4))

    simulation.spawn(steps())
    return [ada]


def visitor_chat(simulation: Simulation) -> list[Person]:
    """A visitor opens a socket, talks, loses it, and comes back."""
    eve = Person.visitor(simulation, "eve")
    tab = eve.device("tab")

    def steps() -> Steps:
        yield from tab.connect()
        said = yield from tab.say(question(2))
        yield from tab.answered(said)
        tab.cut()
        yield from tab.connect()
        yield from tab.say(question(9))

    simulation.spawn(steps())
    return [eve]


def two_devices(simulation: Simulation) -> list[Person]:
    """A user has two sockets open; one is cut without a word and comes back."""
    ada = Person.user(simulation, "ada")
    phone, laptop = ada.device("phone"), ada.device("laptop")

    def talk() -> Steps:
        yield from phone.connect()
        laptop.session_id = phone.session_id
        yield from laptop.connect()
        yield from phone.say(question(1))
        laptop.cut(seen=False)
        yield from phone.say(question(2))
        yield from laptop.connect()
        yield from laptop.say(question(5))

    simulation.spawn(talk())
    return [ada]


def racing_sends(simulation: Simulation) -> list[Person]:
    """Two devices of a user say something at the same time, one over REST."""
    ada = Person.user(simulation, "ada")
    phone, laptop = ada.device("phone"), ada.device("laptop")

    def prepare() -> Steps:
        yield from phone.start()
        laptop.session_id = phone.session_id
        simulation.spawn(talk(laptop, "socket", 6))
        yield from talk(phone, "rest", 1)

    def talk(device: Device, via: str, first: int) -> Steps:
        for number in (first, first + 1):
            yield from device.say(question(number), via)

    simulation.spawn(prepare())
    return [ada]


def greeting(simulation: Simulation) -> list[Person]:
    """A user opens a socket and waits for the bot to speak."""
    ada = Person.user(simulation, "ada")
    phone = ada.device("phone")

    def steps() -> Steps:
        yield from phone.connect()
        yield Wait(lambda: any(each["type"] == "message" for each in phone.frames), 60)

    simulation.spawn(steps())
    return [ada]


def long_turns(simulation: Simulation) -> list[Person]:
    """Every answer is three sentences, and the questions come faster than the answers."""
    ada = Person.user(simulation, "ada")
    phone = ada.device("phone")

    def steps() -> Steps:
        yield from phone.start(question(3))
        for number in (6, 9):
            yield from phone.say(question(number), "rest")

    simulation.spawn(steps())
    return [ada]


def other_transport(simulation: Simulation) -> list[Person]:
    """What was sent over the socket is sent again over REST, under the same id."""
    ada = Person.user(simulation, "ada")
    phone, laptop = ada.device("phone"), ada.device("laptop")

    def steps() -> Steps:
        yield from phone.connect()
        said = yield from phone.say(question(2), then_via="rest")
        laptop.session_id = phone.session_id
        yield from laptop.repeat(said, "rest")
        yield from phone.say(question(4), "rest", then_via="socket")

    simulation.spawn(steps())
    return [ada]


def archived_while_sending(simulation: Simulation) -> list[Person]:
    """One device archives the conversation while another one is talking, and opens it again."""
    ada = Person.user(simulation, "ada")
    phone, laptop = ada.device("phone"), ada.device("laptop")

    def talk() -> Steps:
        yield from phone.start(question(1))
        laptop.session_id = phone.session_id
        simulation.spawn(tidy())
        for number in (2, 4):
            yield from phone.say(question(number), "rest")

    def tidy() -> Steps:
        yield from laptop.change("archived")
        yield from laptop.change("active")
        yield from laptop.say(question(5), "rest")

    simulation.spawn(talk())
    return [ada]


def deleted_while_answering(simulation: Simulation) -> list[Person]:
    """A user deletes a conversation whose answer is under way, and goes on in another one."""
    ada = Person.user(simulation, "ada")
    phone, laptop = ada.device("phone"), ada.device("laptop")

    def steps() -> Steps:
        yield from phone.start(question(3))
        yield from phone.say(question(4), "rest")
        yield from phone.delete()
        yield from laptop.start(question(6))

    simulation.spawn(steps())
    return [ada]


def neighbours(simulation: Simulation) -> list[Person]:
    """A user talks while somebody else does, to whom nothing may happen."""
    ada, bob = Person.user(simulation, "ada"), Person.user(simulation, "bob")
    simulation.protected.add(bob.principal.owner)
    phone, desk = ada.device("phone"), bob.device("desk")

    def talk() -> Steps:
        yield from phone.connect()
        for number in (1, 6):
            yield from phone.say(question(number))

    def work() -> Steps:
        yield from desk.start(question(8))
        simulation.protected.add(str(desk.session_id))
        for number in (9, 10):
            yield from desk.say(question(number), "rest")

    simulation.spawn(talk())
    simulation.spawn(work())
    return [ada, bob]


def claimed(simulation: Simulation) -> list[Person]:
    """A visitor talks and signs in; the user goes on where the visitor was."""
    eve, ada = Person.visitor(simulation, "eve"), Person.user(simulation, "ada")
    tab, phone = eve.device("tab"), ada.device("phone")

    def steps() -> Steps:
        yield from tab.connect()
        said = yield from tab.say(question(2))
        yield from tab.answered(said)
        yield from phone.claim(eve)
        yield from phone.connect()
        yield from phone.say(question(4))

    simulation.spawn(steps())
    return [eve, ada]


def claimed_while_answering(simulation: Simulation) -> list[Person]:
    """A visitor signs in while an answer is under way and another tab is still talking."""
    eve, ada = Person.visitor(simulation, "eve"), Person.user(simulation, "ada")
    tab, phone = eve.device("tab"), ada.device("phone")

    def talk() -> Steps:
        yield from tab.connect()
        yield from tab.say(question(3))
        simulation.spawn(sign_in())
        yield from tab.say(question(9))

    def sign_in() -> Steps:
        yield from phone.claim(eve)
        yield from phone.say(question(4), "rest")

    simulation.spawn(talk())
    return [eve, ada]


def silent_visitor(simulation: Simulation) -> list[Person]:
    """A visitor says something and leaves the tab open for longer than a conversation lasts."""
    eve = Person.visitor(simulation, "eve")
    tab = eve.device("tab")

    def steps() -> Steps:
        yield from tab.connect()
        said = yield from tab.say(question(4))
        yield from tab.answered(said)
        yield Wait(lambda: not eve.is_there, _HALF_AN_HOUR + _FEW_MINUTES)
        if eve.is_there and not simulation.met("sockets"):
            eve.faults.append("nobody told the visitor that the conversation is over")
        eve.leaves()

    simulation.spawn(steps())
    return [eve]


def poisoned(simulation: Simulation) -> list[Person]:
    """One message kills every function that touches it; what is said after it is answered."""
    ada = Person.user(simulation, "ada")
    ada.listens = True
    phone = ada.device("phone")

    def steps() -> Steps:
        yield from phone.connect()
        bad = yield from phone.say(question(4))
        assert bad.acknowledged is not None
        public_id = bad.acknowledged["message_id"]
        simulation.cursed[public_id.removeprefix("msg-")] = _DEADLY_TRIES
        good = yield from phone.say(question(5))
        yield from phone.answered(good, 1_200)

    simulation.spawn(steps())
    return [ada]


def broken_bot(simulation: Simulation) -> list[Person]:
    """A bot whose engine is not there: every message is given up, one after the other."""
    ada = Person.user(simulation, "ada")
    ada.listens = True
    phone = ada.device("phone")

    def steps() -> Steps:
        yield from phone.start(bot_id=BROKEN.id)
        yield from phone.connect()
        for number in (1, 2):
            said = yield from phone.say(question(number))
            assert said.acknowledged is not None
            public_id = said.acknowledged["message_id"]
            yield Wait(lambda public_id=public_id: public_id in ada.gave_up, 600)  # type: ignore[misc]  # mypy cannot infer it

    simulation.spawn(steps())
    return [ada]


def erased_while_answering(simulation: Simulation) -> list[Person]:
    """A user has everything erased while an answer is under way, and begins anew."""
    ada = Person.user(simulation, "ada")
    phone, laptop = ada.device("phone"), ada.device("laptop")

    def steps() -> Steps:
        yield from phone.start(question(3))
        yield from phone.say(question(4), "rest")
        yield from phone.insist("delete_me")
        ada.deleted.update(ada.sessions)
        yield Wait(lambda: False, _FEW_MINUTES)
        yield from laptop.start(question(6))

    simulation.spawn(steps())
    return [ada]


SCENARIOS: Mapping[str, Scenario] = {
    each.__name__: each
    for each in (
        rest_sends,
        socket_sends,
        first_words,
        visitor_chat,
        two_devices,
        racing_sends,
        greeting,
        long_turns,
        other_transport,
        archived_while_sending,
        deleted_while_answering,
        neighbours,
        claimed,
        claimed_while_answering,
        silent_visitor,
        poisoned,
        broken_bot,
        erased_while_answering,
    )
}
