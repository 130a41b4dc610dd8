"""HEAR: sends the prompt, waits, and accepts or rejects the answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from basic import hear
from basic.errors import InvalidAnswer, ScriptError
from basic.hear.cancelling import get_cancelled_message, is_cancel
from basic.hear.options import choose_option, find_same_option
from basic.machine.execution_state import PendingHear
from basic.machine.outcome import QuickReply, Status, require_space
from basic.machine.run import Operation, Run
from basic.turn import get_language
from basic.values import Value, parse_numeric, to_text

type Attachments = Sequence[Mapping[str, Value]]
"""``{name, content_type, url}`` of each."""

MAX_TRIES = 3
"""Answers that a HEAR with a type or a menu validates before the script continues with the default."""

_TYPES_WITH_CANCEL_WORDS = frozenset(("TEXT", "BOOLEAN"))
"""Types of which a word that cancels may be a valid answer: any text, and no."""

_CHOOSE = {
    "en": "Please choose one of these",
    "pt": "Por favor, escolha uma destas opções",
    "es": "Elige una de estas opciones",
    "de": "Bitte wählen Sie eine dieser Möglichkeiten",
    "ar": "يرجى اختيار أحد هذه الخيارات",
}


def _hear(run: Run, operands: dict[str, Any], _second: Any) -> None:  # noqa: ANN401 - an operation's operands are JSON
    prompt = run.to_text(run.frame.stack.pop()) if "prompt" in operands else None
    pending = _build_pending(run, operands)
    known_answer = hear.get_known_answer(pending.type, run.facts)
    if known_answer is not None:
        # A user who is signed in must not be asked to sign in.
        run.continue_with(run.check_value(known_answer))
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
    """Give a message to the HEAR that waits; the script resumes unless the message is rejected or cancels."""
    if not attachments and is_cancel(text, run.facts) and _can_cancel(run, pending, text):
        _cancel(run)
        return
    value = _validate(run, pending, text, attachments)
    if isinstance(value, InvalidAnswer):
        run.send_message(value.message)
        pending.tries += 1
        if pending.tries < MAX_TRIES:
            run.status = Status.WAITING
            return
        value = pending.fallback
    run.continue_with(value)


def _can_cancel(run: Run, pending: PendingHear, text: str) -> bool:
    """Return whether a word that cancels does so here. It may be an answer as well.

    An option of the menu is an answer. Any text is one for a HEAR without a type, and so is a text that is valid for a
    TEXT, a BOOLEAN or a menu with ``*``, unless the script asks for CANCELLED.
    """
    if pending.menu:
        return find_same_option(pending.options, text) is None and (not pending.any or _asks_for_cancelled(run))
    if not pending.type or _asks_for_cancelled(run):
        return bool(pending.type)
    is_valid = not isinstance(run.library.normalise(pending.type, text, (), run.facts), InvalidAnswer)
    return not (is_valid and pending.type in _TYPES_WITH_CANCEL_WORDS)


def _asks_for_cancelled(run: Run) -> bool:
    """Return whether the script of the HEAR uses CANCELLED, so that it handles a cancelled question itself."""
    code = run.program.scripts[run.frame.script].code
    return any(instruction[:2] == ("call", "CANCELLED") for instruction in code)


def _cancel(run: Run) -> None:
    # safeguard: cancel-ends
    if _asks_for_cancelled(run):
        run.continue_with(None, cancelled=True)
        return
    run.send_message(get_cancelled_message(run.facts))
    run.state.restart = True
    run.status = Status.ENDED


def _validate(run: Run, pending: PendingHear, text: str, attachments: Attachments) -> Value | InvalidAnswer:
    if pending.menu:
        option = (find_same_option if pending.any else choose_option)(pending.options, text)
        if option is None and not pending.any:
            request = _CHOOSE.get(get_language(run.facts.locale), _CHOOSE["en"])
            return InvalidAnswer(f"{request}: {', '.join(pending.options)}.")
        return _to_number(run, text if option is None else option)
    if pending.type:
        value = run.library.normalise(pending.type, text, attachments, run.facts)
        return value if isinstance(value, InvalidAnswer) else run.check_value(value)
    return _to_number(run, text)


def _to_number(run: Run, text: str) -> Value:
    """Return an answer that is written as a script displays a number as that number."""
    if not _get_operands(run).get("number"):
        # Earlier compilers left numbers as texts.
        return run.check_value(text)
    number = parse_numeric(text)
    return run.check_value(text if number is None or to_text(number) != text.strip() else number)


def _get_operands(run: Run) -> dict[str, Any]:
    """Return the operands of the HEAR that waits: the script stopped behind it."""
    operands: dict[str, Any] = run.program.scripts[run.frame.script].code[run.frame.counter - 1].first
    return operands


OPERATIONS: dict[str, Operation] = {"hear": _hear}
