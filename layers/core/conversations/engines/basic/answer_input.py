"""The input that a waiting HEAR asks for: clients show a picker, a keyboard or buttons for it."""

from collections.abc import Mapping, Sequence

from basic.hear import TYPES
from basic.machine.execution_state import StateError, load_state
from basic.machine.outcome import StoredState
from basic.turn import get_language
from conversations.domain.message import AnswerInput, InputType, Suggestion
from conversations.domain.turn import SendMessage, SendSuggestions
from conversations.engines.basic.messages import OutputEvent, add_suggestions

_INPUTS: Mapping[str, InputType] = {
    "PASSWORD": "password",
    "EMAIL": "email",
    "MOBILE": "phone",
    "URL": "url",
    "INTEGER": "integer",
    "FLOAT": "number",
    "MONEY": "money",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "HOUR": "time",
    "FILE": "file",
    "IMAGE": "image",
    "QRCODE": "image",
    "AUDIO": "audio",
    "VIDEO": "video",
}
"""The types of HEAR with an input of their own; the others are text."""

_YES_NO: Mapping[str, tuple[str, str]] = {
    "en": ("Yes", "No"),
    "pt": ("Sim", "Não"),
    "es": ("Sí", "No"),
    "de": ("Ja", "Nein"),
    "ar": ("نعم", "لا"),
}
"""The answers to a yes-or-no question, all of which HEAR AS BOOLEAN accepts, in the languages of the page."""


def build_input(state: StoredState | None) -> AnswerInput | None:
    """Return the input of the HEAR that waits; None for a HEAR without a type, and if none waits."""
    if state is None:
        return None
    try:
        session = load_state(state)
    except StateError:
        return None
    hear, form = session.pending, session.form
    if hear is None:
        return AnswerInput(type="choice") if form is not None and form.options else None
    if hear.menu:
        return None if hear.any else AnswerInput(type="choice")
    hear_type = TYPES.get(hear.type.upper())
    return None if hear_type is None else AnswerInput(type=_INPUTS.get(hear_type.name, "text"))


def add_yes_no(output: Sequence[OutputEvent], state: StoredState | None, locale: str) -> Sequence[OutputEvent]:
    """Return the output of a turn with the answers to its yes-or-no question, unless it has quick replies already."""
    answer_input = build_input(state)
    if answer_input is None or answer_input.type != "boolean" or any(map(_has_suggestions, output)):
        return output
    labels = _YES_NO.get(get_language(locale), _YES_NO["en"])
    return add_suggestions(output, tuple(Suggestion(text=label, value=label) for label in labels))


def _has_suggestions(event: OutputEvent) -> bool:
    match event:
        case SendMessage(utterance):
            return bool(utterance.suggestions)
        case SendSuggestions(suggestions):
            return bool(suggestions)
    return False
