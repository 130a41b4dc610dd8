"""Asks the user for the arguments of a tool, one after the other, for a bot without a language model.

A tool is a script that a language model calls with the arguments it has gathered from the user. Without a model, the
quick reply of the tool is the only way to it. It must not run without what it requires.
"""

from collections.abc import Mapping
from dataclasses import replace

from basic import hear
from basic.errors import InvalidAnswer, ScriptError
from basic.hear.cancelling import get_cancelled_message, is_cancel
from basic.hear.options import choose_option, find_same_option
from basic.machine.execution_state import ToolForm
from basic.machine.hear import MAX_TRIES
from basic.machine.outcome import QuickReply, TalkEvent
from basic.program import Argument, Script
from basic.tool_arguments import convert_argument
from basic.turn import TurnFacts, get_language
from basic.values import Value, to_text

_SENTENCES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "ask": "Please enter: {what}",
        "example": "{question} (for example {example})",
        "invalid": "That does not fit.",
    },
    "pt": {
        "ask": "Por favor, informe: {what}",
        "example": "{question} (por exemplo {example})",
        "invalid": "Esse valor não serve.",
    },
    "es": {
        "ask": "Introduce: {what}",
        "example": "{question} (por ejemplo {example})",
        "invalid": "Ese valor no sirve.",
    },
    "de": {
        "ask": "Bitte geben Sie ein: {what}",
        "example": "{question} (zum Beispiel {example})",
        "invalid": "Das passt nicht.",
    },
    "ar": {
        "ask": "يرجى إدخال: {what}",
        "example": "{question} (مثلًا {example})",
        "invalid": "هذه القيمة غير مناسبة.",
    },
}

_HEAR_TYPES: Mapping[str, str] = {"integer": "INTEGER", "number": "FLOAT"}
"""Types of PARAM whose answers may be sentences, and the types of HEAR that find a value in them."""


def find_next(script: Script, form: ToolForm) -> Argument | None:
    """Return the next argument to ask for; None if the tool can run."""
    required = (argument for argument in script.arguments if argument.required)
    return next((argument for argument in required if argument.name not in form.values), None)


def ask(argument: Argument, form: ToolForm, facts: TurnFacts) -> tuple[ToolForm, TalkEvent]:
    """Return the form that waits for an argument, and the question for it; its options are quick replies."""
    sentences = _get_sentences(facts)
    question = argument.description or sentences["ask"].format(what=argument.name.replace("_", " "))
    if argument.example is not None and not argument.options:
        question = sentences["example"].format(question=question, example=to_text(argument.example))
    options = _list_options(argument)
    replies = tuple(QuickReply(option, "text", option) for option in options)
    return replace(form, options=options), TalkEvent(question, replies)


def is_cancelled(form: ToolForm, text: str, facts: TurnFacts) -> bool:
    """Return whether an answer cancels the form: it is a word that cancels, and no option."""
    return is_cancel(text, facts) and find_same_option(form.options, text) is None


def fill(argument: Argument, form: ToolForm, text: str, facts: TurnFacts) -> ToolForm | None:
    """Return the form with the user's answer, or with one more try if the answer is invalid; None after the last."""
    try:
        value = _convert(argument, text, facts)
    except ScriptError:
        tries = form.tries + 1
        return replace(form, tries=tries) if tries < MAX_TRIES else None
    return ToolForm(form.script, {**form.values, argument.name: value})


def _convert(argument: Argument, text: str, facts: TurnFacts) -> Value:
    if argument.options:
        return convert_argument(argument, choose_option(_list_options(argument), text) or text, facts)
    try:
        return convert_argument(argument, text, facts)
    except ScriptError:
        value = hear.normalise(_HEAR_TYPES[argument.type], text, (), facts) if argument.type in _HEAR_TYPES else None
        if value is None or isinstance(value, InvalidAnswer):
            raise
        return value


def _list_options(argument: Argument) -> list[str]:
    return [to_text(option) for option in argument.options]


def refuse(facts: TurnFacts) -> TalkEvent:
    """Return the message about an invalid answer."""
    return TalkEvent(_get_sentences(facts)["invalid"])


def cancel(facts: TurnFacts) -> TalkEvent:
    """Return the message when the form is cancelled, by the user or by the last invalid answer."""
    return TalkEvent(get_cancelled_message(facts))


def _get_sentences(facts: TurnFacts) -> Mapping[str, str]:
    return _SENTENCES.get(get_language(facts.locale), _SENTENCES["en"])
