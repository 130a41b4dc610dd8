"""HEAR: asking, waiting, and taking an answer or not."""

from collections.abc import Mapping, Sequence
from typing import Any

from basic import hear
from basic.errors import Refusal, ScriptError
from basic.machine.outcome import Status
from basic.machine.run import Operation, Run
from basic.machine.session import Pending
from basic.turn import get_language
from basic.values import Value

type Attachments = Sequence[Mapping[str, Value]]
"""``{name, content_type, url}`` of each."""

TRIES = 3
"""Answers that a HEAR with a type or a menu looks at, before it goes on without one."""

_CHOOSE = {"en": "Please choose one of these", "pt": "Por favor, escolha uma destas opções"}


def _hear(run: Run, operands: dict[str, Any], _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    stack = run.frame.stack
    prompt = run.text(stack.pop()) if "prompt" in operands else None
    fallback = stack.pop() if "default" in operands else operands.get("empty", "")
    count = operands["options"]
    options = _options(run, stack[len(stack) - count :])
    del stack[len(stack) - count :]
    menu = operands.get("menu", False)
    if menu and not options and not operands["any"]:
        raise ScriptError("the menu of the HEAR has no options")
    known = hear.known(operands.get("type", ""), run.facts)
    if known is not None:
        # Whoever is signed in must not be asked to sign in, nor for a message that would say nothing.
        run.session.answered += 1
        stack.append(run.made(known))
        return
    if prompt is not None:
        run.say(prompt)
    run.session.pending = Pending(
        operands.get("type", ""), fallback, menu, options, operands.get("any", False), 0, operands.get("variable", "")
    )
    run.status = Status.WAITING


def _options(run: Run, values: list[Value]) -> list[str]:
    options: list[str] = []
    for value in values:
        options += [run.text(item) for item in value] if isinstance(value, list) else [run.text(value)]
    return options


def answer(run: Run, pending: Pending, text: str, attachments: Attachments = ()) -> None:
    """Give the waiting HEAR what the user sent; the turn goes on unless it is refused."""
    value = _accepted(run, pending, text, attachments)
    if isinstance(value, Refusal):
        run.say(value.sentence)
        pending.tries += 1
        if pending.tries < TRIES:
            run.status = Status.WAITING
            return
        value = pending.fallback
    run.session.pending = None
    run.session.answered += 1
    run.frame.stack.append(value)


def _accepted(run: Run, pending: Pending, text: str, attachments: Attachments) -> Value | Refusal:
    if pending.menu:
        chosen = choose(pending.options, text)
        if chosen is None and not pending.any:
            asked = _CHOOSE.get(get_language(run.facts.locale), _CHOOSE["en"])
            return Refusal(f"{asked}: {', '.join(pending.options)}.")
        return text if chosen is None else chosen
    if pending.type:
        value = run.library.normalise(pending.type, text, attachments, run.facts)
        return value if isinstance(value, Refusal) else run.made(value)
    return run.made(text)


def choose(options: list[str], text: str) -> str | None:
    """Return the option that an answer means, if it means one.

    The option itself comes first, then one that differs in case only, then its number from 1, and then a part of one
    option alone.
    """
    if text in options:
        return text
    wanted = text.strip().casefold()
    for option in options:
        if option.strip().casefold() == wanted:
            return option
    if wanted.isdecimal() and 1 <= int(wanted[:9]) <= len(options):
        return options[int(wanted[:9]) - 1]
    partly = [option for option in options if wanted and wanted in option.casefold()]
    return partly[0] if len(partly) == 1 else None


HEARING: dict[str, Operation] = {"hear": _hear}
