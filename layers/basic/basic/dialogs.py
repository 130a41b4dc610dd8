"""A turn of a dialog as its user sees it: also where nothing waits for an answer, and when a script breaks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from basic import config
from basic.bundle import Bundle
from basic.errors import BudgetError
from basic.machine.hearing import Attachments
from basic.machine.machine import Machine, offered
from basic.machine.outcome import Event, Offer, Outcome, State, Talk
from basic.machine.run import Turn
from basic.machine.session import Session, load

START = "start"
"""The script that runs when a conversation begins."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What a turn gave.

    Attributes
    ----------
    events
        What the user gets, in order.
    state
        What the next turn starts from; None of a bot without a script to begin with.
    fault
        Why the script broke and where, for its author; the user has been told that something went wrong. Empty if it
        did not.
    """

    events: tuple[Event, ...]
    state: State | None
    fault: str = ""


def begin(bundle: Bundle, turn: Turn) -> TurnResult:
    """Run the script that begins, if the bot has one."""
    if START not in bundle.program.scripts:
        return TurnResult((), None)
    values = config.variables(bundle.config)
    return _played(bundle, Machine(bundle.program).start(START, turn, values=values))


def answer(bundle: Bundle, state: State | None, text: str, turn: Turn, attachments: Attachments = ()) -> TurnResult:
    """Go on with what the user sent.

    A HEAR that waits takes it. Otherwise it may pick the quick reply of a tool, whose script runs then; what that
    returns is its answer. Anything else is answered with the sentence of the configuration.
    """
    if state is None:
        return TurnResult((Talk(config.fallback_message(bundle.config)),), None)
    session, machine = load(state), Machine(bundle.program)
    if session.pending is None:
        tool = _picked_tool(session, text)
        if tool in bundle.program.scripts:
            return _answered(bundle, tool, machine.start(tool, turn, state), turn)
    outcome = machine.run(state, text, turn, attachments)
    if session.pending is not None:
        return _played(bundle, outcome)
    fallback = Talk(config.fallback_message(bundle.config), offered(outcome.state))
    return TurnResult((fallback,), outcome.state)


def joined(first: Sequence[Event], then: Sequence[Event]) -> tuple[Event, ...]:
    """Put events one behind the other; quick replies of what others follow are taken off."""
    return (*_without_suggestions(first, then), *then)


def _played(bundle: Bundle, outcome: Outcome) -> TurnResult:
    if outcome.fault is None:
        return TurnResult(outcome.events, outcome.state)
    return _broken(bundle, outcome, str(outcome.fault))


def _answered(bundle: Bundle, tool: str, outcome: Outcome, turn: Turn) -> TurnResult:
    """Say what a tool returns, if the turn has room for it."""
    if outcome.fault is not None or not isinstance(outcome.result, str):
        return _played(bundle, outcome)
    try:
        turn.host.say(outcome.result)
    except BudgetError as error:
        return _broken(bundle, outcome, f"{bundle.program.scripts[tool].file}: {error}")
    return TurnResult(_followed(outcome, outcome.result), outcome.state)


def _broken(bundle: Bundle, outcome: Outcome, fault: str) -> TurnResult:
    return TurnResult(_followed(outcome, config.error_message(bundle.config)), outcome.state, fault)


def _followed(outcome: Outcome, text: str) -> tuple[Event, ...]:
    """Return what a script said, and then a text, with the quick replies."""
    return joined(outcome.events, [Talk(text, offered(outcome.state))])


def _picked_tool(session: Session, text: str) -> str:
    """Return the tool whose quick reply was picked; empty if none was."""
    wanted = text.strip().casefold()
    tools = (each for each in session.suggestions if each.kind == "tool" and each.label.strip().casefold() == wanted)
    return next((each.value.lower().removesuffix(".bas") for each in tools), "")


def _without_suggestions(events: Iterable[Event], later: Iterable[Event]) -> tuple[Event, ...]:
    if not any(isinstance(each, Talk | Offer) for each in later):
        return tuple(events)
    return tuple(
        replace(each, suggestions=()) if isinstance(each, Talk) else each
        for each in events
        if not isinstance(each, Offer)
    )
