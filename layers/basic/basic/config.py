"""A bot's ``config.csv``: reading it, and what its values mean to the bot."""

import csv
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from basic.diagnostics import Diagnostic, Position, Severity, suggest_name
from basic.turn import get_language
from basic.values import Value, parse_number

NAME = "bot-name"
DESCRIPTION = "bot-description"
ACCESS = "access"
FALLBACK_MESSAGE = "fallback-message"
ERROR_MESSAGE = "error-message"
LOCALE = "locale"

KEYS: Mapping[str, str] = {
    NAME: "what people see the bot as; without it, the bot's id",
    DESCRIPTION: "what people are told about it",
    ACCESS: "who may talk to it: `public`, `users` (whoever is signed in), or groups separated by commas",
    FALLBACK_MESSAGE: "what it answers to free text after its script has ended",
    ERROR_MESSAGE: "what it says when its script breaks",
    LOCALE: "the language of formats and of the bot's own sentences, such as `pt-BR`; without it, `en`",
}
"""What this runtime reads, beside ``param-*``, and what for."""

LONGEST_SENTENCE = 8_000
"""Characters of what the bot says by the configuration: one message."""

NO_MODEL = "I have said all that my script knows, and I have no language model to go on with."
"""What free text is answered with where the configuration says nothing."""

BROKEN = "Sorry, something went wrong on my side."
"""What the user is told when a script breaks where the configuration says nothing."""

_IN_PORTUGUESE: Mapping[str, str] = {
    NO_MODEL: "Já disse tudo o que meu roteiro sabe, e não tenho um modelo de linguagem para continuar.",
    BROKEN: "Desculpe, algo deu errado do meu lado.",
}

PARAMETER = "param-"
"""Begins the keys that are variables of every script."""

_OLD: Mapping[str, str] = {
    "Answer Mode": "answer-mode",
    "Bot Description": DESCRIPTION,
    "Bot Name": NAME,
    "Error Message": ERROR_MESSAGE,
    "Session Timeout": "session-timeout",
    "Start Dialog": "start-dialog",
    "Theme Color": "theme-color1",
    "Timeout Message": "timeout-message",
    "Welcome Message": "welcome-message",
}
"""Keys of older packages, and what they are today."""

_OTHERS = re.compile(
    r"(?:answer|api|channel|cors|default|embedding|enable|episodic|hear|history|llm|max|permission|public|session|start"
    r"|system|theme|timeout|welcome)(?:-.+)?"
)
"""Keys of the family that this runtime does nothing with; some hold secrets, so none of their values is published."""

_HEADERS = (["name", "value"], ["key", "value"])
_VARIABLE = re.compile(r"[^\W\d]\w*")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class Configuration(NamedTuple):
    """What a file says.

    Parameters
    ----------
    values
        Those of `KEYS` and of ``param-*`` that it has, by their keys of today.
    faults
        What is wrong with it, in order.
    """

    values: dict[str, str]
    faults: list[Diagnostic]


def read_config(file: str, text: str) -> Configuration:
    """Read a ``config.csv``.

    Parameters
    ----------
    file
        Its name, for the faults.
    text
        What is in it: two columns, with the header ``name,value`` or ``key,value``.
    """
    lines = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines(keepends=True)
    values: dict[str, str] = {}
    faults: list[Diagnostic] = []

    def report(line: int, sentence: str, kind: Severity = Severity.ERROR) -> None:
        source = lines[line - 1].rstrip() if line <= len(lines) else ""
        faults.append(Diagnostic(file, Position(line, 1), sentence, source, kind))

    try:
        for line, row in _rows(lines):
            match row:
                case [key, value]:
                    known = _key(key)
                    fault = (f"`{known}` is set twice", Severity.ERROR) if known in values else _fault(known, value)
                    if fault is None:
                        values[known] = value
                    else:
                        report(line, *fault)
                case _:
                    report(line, f"a line has a name and a value, this one has {len(row)} columns")
    except csv.Error as error:
        report(1, f"this is no CSV file: {error}")
    except _HeaderError:
        report(1, "the first line must be `name,value` or `key,value`")
    return Configuration(values, faults)


def variables(config: Mapping[str, str]) -> dict[str, Value]:
    """Return the variables that a configuration gives to every script.

    ``param-tax-rate`` is the variable ``tax_rate``; numbers, ``true`` and ``false`` are no texts.
    """
    return {_variable(key): _typed(value) for key, value in config.items() if key.startswith(PARAMETER)}


def fallback_message(config: Mapping[str, str]) -> str:
    """Return what free text is answered with after the script has ended."""
    return config.get(FALLBACK_MESSAGE) or _in_language(NO_MODEL, config)


def error_message(config: Mapping[str, str]) -> str:
    """Return what the user is told when a script breaks."""
    return config.get(ERROR_MESSAGE) or _in_language(BROKEN, config)


def _in_language(sentence: str, config: Mapping[str, str]) -> str:
    return _IN_PORTUGUESE[sentence] if get_language(config.get(LOCALE, "")) == "pt" else sentence


class _HeaderError(Exception):
    """The first line is no header."""


def _rows(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows below the header that are not empty, and their lines."""
    reader = csv.reader(lines, strict=True, skipinitialspace=True)
    if [column.strip().lower() for column in next(reader, [])] not in _HEADERS:
        raise _HeaderError
    before = reader.line_num
    for row in reader:
        if any(column.strip() for column in row):
            yield before + 1, [column.strip() for column in row]
        before = reader.line_num


def _key(written: str) -> str:
    """Return a key as it is written today."""
    old = {old.lower(): new for old, new in _OLD.items()}
    key = " ".join(written.lower().split())
    return old.get(key, key.replace(" ", "-"))


def _fault(key: str, value: str) -> tuple[str, Severity] | None:
    """Return what is wrong with an entry."""
    if key.startswith(PARAMETER):
        name = _variable(key)
        return None if _VARIABLE.fullmatch(name) else (f"`{name}` cannot be the name of a variable", Severity.ERROR)
    if key in KEYS:
        sentence = _wrong(key, value)
        return (sentence, Severity.ERROR) if sentence else None
    if _OTHERS.fullmatch(key):
        return f"`{key}` is not supported yet", Severity.UNSUPPORTED
    return f"`{key}` is not known{suggest_name(key, (*KEYS, PARAMETER))}", Severity.WARNING


def _wrong(key: str, value: str) -> str:
    """Return what is wrong with the value of a key that this runtime reads; empty if nothing is."""
    if key == LOCALE and not _LOCALE.fullmatch(value):
        return f"`{value}` is no language, such as `en` or `pt-BR`"
    if key in (FALLBACK_MESSAGE, ERROR_MESSAGE) and len(value) > LONGEST_SENTENCE:
        return f"`{key}` is longer than a message, which has {LONGEST_SENTENCE:,} characters at most"
    if key in (NAME, ACCESS) and not value.strip(" ,"):
        return f"`{key}` has no value"
    return ""


def _variable(key: str) -> str:
    return key.removeprefix(PARAMETER).replace("-", "_").lower()


def _typed(value: str) -> Value:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    # A telephone number or an article's is no number to count with: zeros and signs before it belong to it.
    number = None if re.match(r"[+0]\d", value) else parse_number(value)
    return value if number is None else number
