"""Random workloads: a user and a visitor do anything in any order. No scenario is made for a certain race."""

import random
from collections.abc import Iterator, Sequence

from tests.faults.bot import BOT, MAX_STREAMED_QUESTIONS, REMOTE, WRITER, build_question, build_streamed_question
from tests.faults.clients import SentMessage, SimulatedClient, SimulatedUser
from tests.faults.plans import Step
from tests.faults.simulation import Simulation, Steps, Wait

BOTS = (BOT, WRITER, REMOTE)
"""The bots of workloads, as the default one."""

_DEVICES = ("ada-phone", "ada-laptop", "eve-tab")
_WEIGHTS = {
    "send": 8,
    "archive": 4,
    "claim": 3,
    "delete": 2,
    "post": 3,
    "reopen": 2,
    "connect": 1,
    "disconnect": 1,
    "lose": 1,
    "read": 1,
    "stop": 1,
}
"""How often the actions are drawn."""
_VISITOR_ACTIONS = ("connect", "send", "stop", "disconnect", "lose")
_MOMENTS = (1, 3)
"""At how many moments something is done, at least and at most."""
_SECONDS_BETWEEN_MOMENTS = (1.0, 3.0)
_ACTIONS_PER_MOMENT = (3, 6)
_SECONDS_OF_MOMENT = (0.1, 0.1, 1.0)
"""How far apart the actions of a moment are: about as long as a turn of a rule bot, or as an answer in pieces."""
_CONNECTED_WITHIN_SECONDS = 60


def draw_steps(seed: int) -> Sequence[Step]:
    """Return the random steps of a seed: which bot answers, and what each device does at which second of the run."""
    chance = random.Random(f"workload {seed}")
    steps: list[Step] = [{"device": "", "do": "bot", "number": chance.randrange(len(BOTS))}]
    steps += [{"device": device, "do": "connect", "at": 0} for device in _DEVICES]
    moment = 0.0
    for _ in range(chance.randint(*_MOMENTS)):
        moment += chance.uniform(*_SECONDS_BETWEEN_MOMENTS)
        length = chance.choice(_SECONDS_OF_MOMENT)
        times = sorted(moment + chance.uniform(0, length) for _ in range(chance.randint(*_ACTIONS_PER_MOMENT)))
        steps += [_draw_step(chance, time) for time in times]
    return steps


def _draw_step(chance: random.Random, time: float) -> Step:
    device = chance.choice(_DEVICES)
    may_do = _VISITOR_ACTIONS if device.startswith("eve") else tuple(_WEIGHTS)
    (action,) = chance.choices(may_do, [_WEIGHTS[each] for each in may_do])
    return {"device": device, "do": action, "number": chance.randrange(MAX_STREAMED_QUESTIONS), "at": round(time, 3)}


def workload(simulation: Simulation) -> list[SimulatedUser]:
    """Let each device do its steps of the plan, one after the other; devices do not wait for one another."""
    ada, eve = SimulatedUser.user(simulation, "ada"), SimulatedUser.visitor(simulation, "eve")
    (bot, *_) = [*(BOTS[int(step["number"])] for step in simulation.plan.steps if step["do"] == "bot"), BOT]
    simulation.set_default_bot(bot)
    devices = {f"{user.name}-{name}": user.add_client(name) for user, name in _list_devices(ada, eve)}
    for name, device in devices.items():
        device.streams = bot is not BOT
        steps = [step for step in simulation.plan.steps if step["device"] == name]
        simulation.spawn(_Person(device, eve, is_streaming=bot is not BOT).do_all(steps))
    return [ada, eve]


def _list_devices(ada: SimulatedUser, eve: SimulatedUser) -> Iterator[tuple[SimulatedUser, str]]:
    for name in _DEVICES:
        user, _, device = name.partition("-")
        yield (ada if user == ada.name else eve), device


class _Person:
    """Who uses a device."""

    def __init__(self, device: SimulatedClient, visitor: SimulatedUser, *, is_streaming: bool) -> None:
        self._device = device
        self._visitor = visitor
        self._clock = device.user.simulation.clock
        self._build_question = build_streamed_question if is_streaming else build_question
        self._last: SentMessage | None = None

    def do_all(self, steps: Sequence[Step]) -> Steps:
        """Do the steps, each at its time, or later if the one before has taken so long."""
        began = self._clock()
        for step in steps:
            pause = float(step["at"]) - (self._clock() - began).total_seconds()
            yield Wait(lambda: False, max(pause, 0))
            if self._device.user.is_active:
                yield from self._do(str(step["do"]), int(step.get("number", 0)))

    def _do(self, action: str, number: int) -> Steps:
        match action:
            case "connect":
                yield from self._device.connect()
            case "disconnect" | "lose":
                self._device.disconnect(seen=action == "disconnect")
            case "claim":
                yield from self._claim()
            case "send" | "post" if action == "send" or self._find_conversation():
                via = "socket" if action == "send" else "rest"
                self._last = yield from self._device.send(self._build_question(number), via)
            case "stop" if self._last is not None and self._last.acknowledged is not None:
                yield from self._device.stop(self._last)
            case "archive" | "reopen" if self._find_conversation():
                yield from self._device.set_status("archived" if action == "archive" else "active")
            case "delete" if self._find_conversation():
                yield from self._device.delete()
            case "read" if self._find_conversation():
                yield from self._read()

    def _claim(self) -> Steps:
        """Claim the visitor's conversation, when there is one; once."""
        tabs = self._visitor.clients
        yield Wait(lambda: any(tab.token for tab in tabs), _CONNECTED_WITHIN_SECONDS)
        if self._visitor.is_active and any(tab.token for tab in tabs):
            yield from self._device.claim(self._visitor)

    def _read(self) -> Steps:
        yield from self._device.request_until_final("get_history", conversation=True, query={"limit": "100"})
        yield from self._device.request_until_final("get_conversation", conversation=True)

    def _find_conversation(self) -> bool:
        """Return whether the device shows a conversation that is not deleted; if not, it takes the user's newest."""
        user = self._device.user
        live = [each for each in user.conversation_ids if each not in user.deleted]
        if self._device.conversation_id not in live:
            self._device.conversation_id = live[-1] if live else None
        return bool(live)
