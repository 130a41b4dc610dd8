"""HEAR: sends the prompt, waits, and accepts or rejects the answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from basic import hear
from basic.errors import InvalidAnswer, ScriptError
from basic.machine.execution_state import PendingHear
from basic.machine.outcome import QuickReply, Status, require_space
from basic.machine.run import Operation, Run
from basic.turn import get_language
from basic.values import Value

type Attachments = Sequence[Mapping[str, Value]]
"""``{name, content_type, url}`` of each."""

MAX_TRIES = 3
"""Answers that a HEAR with a type or a menu validates before the script continues with the default."""

_CHOOSE = {"en": "Please choose one of these", "pt": "Por favor, escolha uma destas opções"}


def _hear(run: Run, operands: dict[str, Any], _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    prompt = run.to_text(run.frame.stack.pop()) if "prompt" in operands else None
    pending = _build_pending(run, operands)
    known_answer = hear.get_known_answer(pending.type, run.facts)
    if known_answer is not None:
        # A user who is signed in must not be asked to sign in.
        run.state.answered += 1
        run.frame.stack.append(run.check_value(known_answer))
        return
    if prompt is not None:
        run.send_message(prompt)
    run.state.pending = pending
    run.status = Status.WAITING


def _build_pending(run: Run, operands: dict[str, Any]) -> PendingHear:
    fallback = run.frame.stack.pop() if "default" in operands else operands.get("empty", "")
    pending = PendingHear(
        type=operands.get("type", ""),
        fallback=fallback,
        menu=operands.get("menu", False),
        options=_list_options(run, run.frame.pop_many(operands["options"])),
        any=operands.get("any", False),
        variable=operands.get("variable", ""),
    )
    if pending.menu and not pending.options and not pending.any:
        raise ScriptError("the menu of the HEAR has no options")
    require_space(list_options(pending, run.state.suggestions), "the options of the HEAR")
    return pending


def list_options(pending: PendingHear | None, suggestions: Sequence[QuickReply]) -> tuple[QuickReply, ...]:
    """Return the quick replies while a HEAR waits: its menu, and the suggestions if it accepts other answers."""
    options = () if pending is None else tuple(QuickReply(option, "text", option) for option in pending.options)
    return options if pending is not None and pending.menu and not pending.any else (*options, *suggestions)


def _list_options(run: Run, values: list[Value]) -> list[str]:
    options: list[str] = []
    for value in values:
        run.budget.charge_value(value)
        options += [run.to_text(item) for item in value] if isinstance(value, list) else [run.to_text(value)]
    return options


def answer_hear(run: Run, pending: PendingHear, text: str, attachments: Attachments = ()) -> None:
    """Give a message to the HEAR that waits; the script resumes unless the message is rejected."""
    value = _validate(run, pending, text, attachments)
    if isinstance(value, InvalidAnswer):
        run.send_message(value.message)
        pending.tries += 1
        if pending.tries < MAX_TRIES:
            run.status = Status.WAITING
            return
        value = pending.fallback
    run.state.pending = None
    run.state.answered += 1
    run.frame.stack.append(value)


def _validate(run: Run, pending: PendingHear, text: str, attachments: Attachments) -> Value | InvalidAnswer:
    if pending.menu:
        option = choose_option(pending.options, text)
        if option is None and not pending.any:
            request = _CHOOSE.get(get_language(run.facts.locale), _CHOOSE["en"])
            return InvalidAnswer(f"{request}: {', '.join(pending.options)}.")
        return text if option is None else option
    if pending.type:
        value = run.library.normalise(pending.type, text, attachments, run.facts)
        return value if isinstance(value, InvalidAnswer) else run.check_value(value)
    return run.check_value(text)


def choose_option(options: list[str], text: str) -> str | None:
    """Return the option that an answer means, or None.

    Precedence: the same text, the same text in another case, the number of an option from 1, a part of exactly one
    option.
    """
    if text in options:
        return text
    answer = text.strip().casefold()
    for option in options:
        if option.strip().casefold() == answer:
            return option
    if answer.isdecimal() and 1 <= int(answer[:9]) <= len(options):
        return options[int(answer[:9]) - 1]
    partial_matches = [option for option in options if answer and answer in option.casefold()]
    return partial_matches[0] if len(partial_matches) == 1 else None


OPERATIONS: dict[str, Operation] = {"hear": _hear}
