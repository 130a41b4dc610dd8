"""A bot's ``config.csv``: parsing it, and what its values mean."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from basic import bot_server_config, embedding_config, mcp_config, model_config
from basic.diagnostics import Diagnostic, Position, Severity, suggest_name
from basic.turn import get_language
from basic.values import Value, parse_numeric

NAME = "bot-name"
DESCRIPTION = "bot-description"
ACCESS = "access"
FALLBACK_MESSAGE = "fallback-message"
ERROR_MESSAGE = "error-message"
LOCALE = "locale"
WELCOME_MESSAGE = "welcome-message"
CANCEL_WORDS = "cancel-words"
TIME_ZONE = "timezone"

KEYS: Mapping[str, str] = {
    NAME: "the name that users see; default: the bot's id",
    DESCRIPTION: "the description that users see",
    ACCESS: "who may use it: `public`, `users` (all signed-in users), or groups separated by commas",
    WELCOME_MESSAGE: "the greeting of a bot without a start.bas",
    FALLBACK_MESSAGE: "the reply to free text if the bot has no language model, or if model or server do not answer",
    ERROR_MESSAGE: "the message to the user when its script fails, or when its server responds with an error",
    LOCALE: "the language of formats and of the bot's own messages, such as `pt-BR`; default: `en`",
    CANCEL_WORDS: "words that cancel a question, separated by commas; empty for none; default: those of the language",
    TIME_ZONE: "the time zone of SET SCHEDULE, such as `America/Sao_Paulo`; default: `UTC`",
    **model_config.MODEL_KEYS,
    **embedding_config.EMBEDDING_KEYS,
    **bot_server_config.BOT_SERVER_KEYS,
}
"""The keys that this runtime reads besides ``param-*``, and what they mean."""

MAX_MESSAGE_LENGTH = 8_000
"""Characters of a message in the configuration: the limit of one message."""

NO_MODEL = "My script has ended, and I have no language model to continue with."
"""The default of ``fallback-message`` for a bot without a language model."""

MODEL_UNAVAILABLE = "I cannot answer that just now. Please try again later."
"""The default of ``fallback-message`` for a bot whose language model or server does not answer."""

SCRIPT_FAILED = "Sorry, something went wrong on my side."
"""The default of ``error-message``."""

REFUSED = "You are not allowed to use this."
"""The message to a user who has not the role that a script requires."""

_TRANSLATIONS: Mapping[str, Mapping[str, str]] = {
    "pt": {
        NO_MODEL: "Meu roteiro terminou, e não tenho um modelo de linguagem para continuar.",
        MODEL_UNAVAILABLE: "Não consigo responder agora. Tente novamente mais tarde, por favor.",
        SCRIPT_FAILED: "Desculpe, algo deu errado do meu lado.",
        REFUSED: "Você não tem permissão para usar isto.",
    },
    "es": {
        NO_MODEL: "Mi guion ha terminado y no tengo un modelo de lenguaje para continuar.",
        MODEL_UNAVAILABLE: "Ahora mismo no puedo responder. Inténtalo de nuevo más tarde.",
        SCRIPT_FAILED: "Lo siento, algo ha fallado por mi parte.",
        REFUSED: "No tienes permiso para usar esto.",
    },
    "de": {
        NO_MODEL: "Mein Skript ist zu Ende, und ich habe kein Sprachmodell, um weiterzumachen.",
        MODEL_UNAVAILABLE: "Das kann ich gerade nicht beantworten. Bitte versuchen Sie es später noch einmal.",
        SCRIPT_FAILED: "Entschuldigung, bei mir ist etwas schiefgegangen.",
        REFUSED: "Sie dürfen das nicht benutzen.",
    },
    "ar": {
        NO_MODEL: "انتهى النص البرمجي الخاص بي، وليس لدي نموذج لغوي للمتابعة.",
        MODEL_UNAVAILABLE: "لا أستطيع الإجابة الآن. يرجى المحاولة لاحقًا.",
        SCRIPT_FAILED: "عذرًا، حدث خطأ من جهتي.",
        REFUSED: "لا يُسمح لك باستخدام هذا.",
    },
}

PARAMETER_PREFIX = "param-"
"""The prefix of the keys that are variables of every script."""

_OLD_KEYS: Mapping[str, str] = {
    "Answer Mode": "answer-mode",
    "Bot Description": DESCRIPTION,
    "Bot Name": NAME,
    "Error Message": ERROR_MESSAGE,
    "Session Timeout": "session-timeout",
    "Start Dialog": "start-dialog",
    "Theme Color": "theme-color1",
    "Timeout Message": "timeout-message",
    "Welcome Message": WELCOME_MESSAGE,
    **model_config.OLD_MODEL_KEYS,
}
"""Keys of older packages, and their names today."""

_UNSUPPORTED_KEY = re.compile(
    r"(?:answer|api|channel|cors|default|embedding|enable|episodic|hear|history|llm|max|permission|public|session|start"
    r"|system|theme|timeout)(?:-.+)?"
)
"""Keys of General Bots that this runtime does not use; some hold secrets, so none of their values is published."""

_HEADERS = (["name", "value"], ["key", "value"])
_VARIABLE = re.compile(r"[^\W\d]\w*")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class Configuration(NamedTuple):
    """The content of a file.

    Parameters
    ----------
    values
        Its values for `KEYS` and ``param-*``, by the names that keys have today.
    diagnostics
        Its diagnostics, in order.
    """

    values: dict[str, str]
    diagnostics: list[Diagnostic]


def parse_config(file: str, text: str) -> Configuration:
    """Parse a ``config.csv``.

    Parameters
    ----------
    file
        Its name, for the diagnostics.
    text
        Its content: two columns, a name and a value, and usually the header ``name,value`` or ``key,value``. Lines that
        begin with ``#`` are comments. As in General Bots, a value may have commas without quotes.
    """
    lines = text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines(keepends=True)
    values: dict[str, str] = {}
    issues: list[_LineIssue] = []
    model_line = 0
    try:
        for line, row in _read_rows(lines):
            issue = _read_entry(row, values)
            if issue is not None:
                issues.append((line, *issue))
            elif normalize_key(row[0]) in (model_config.PROVIDER, model_config.URL):
                model_line = model_line or line
    except csv.Error as error:
        issues.append((1, f"invalid CSV: {error}", Severity.ERROR))
    except _HeaderError:
        issues.append((1, "the first line must be `name,value`, `key,value` or an entry", Severity.ERROR))
    if model_line and not model_config.has_model(values):
        issues.append((model_line, f"without `{model_config.MODEL}` the bot has no language model", Severity.WARNING))
    issues.sort(key=itemgetter(0))
    return Configuration(values, [_locate(file, lines, issue) for issue in issues])


type _Issue = tuple[str, Severity]
type _LineIssue = tuple[int, str, Severity]


def _read_entry(row: list[str], values: dict[str, str]) -> _Issue | None:
    """Add an entry to the values, or return why it is invalid or ignored."""
    key, value = normalize_key(row[0]), row[-1]
    if len(row) == 1:
        # Without its value, `access` would be public.
        severity = Severity.ERROR if key in KEYS else Severity.WARNING
        return "this line is ignored: a name and a value are expected, with a comma between them", severity
    if key in values:
        return f"`{key}` is set twice", Severity.ERROR
    issue = _check_entry(key, value, values)
    if issue is None:
        values[key] = value
    return issue


def _locate(file: str, lines: list[str], issue: _LineIssue) -> Diagnostic:
    line, message, severity = issue
    # A diagnostic may end up in the log of a build server.
    source = model_config.mask_secret(lines[line - 1].rstrip()) if line <= len(lines) else ""
    return Diagnostic(file, Position(line, 1), message, source, severity)


def get_variables(config: Mapping[str, str]) -> dict[str, Value]:
    """Return the variables that a configuration sets for every script.

    ``param-tax-rate`` sets the variable ``tax_rate``; numbers, ``true`` and ``false`` are converted to their types.
    """
    return {
        _get_variable_name(key): _parse_value(value)
        for key, value in config.items()
        if key.startswith(PARAMETER_PREFIX)
    }


def get_cancel_words(config: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the words that cancel a question; None for those of the language."""
    words = config.get(CANCEL_WORDS)
    return None if words is None else tuple(word for word in words.split(",") if word.strip())


def get_time_zone(config: Mapping[str, str]) -> str:
    """Return the time zone of the bot's schedules."""
    return config.get(TIME_ZONE, "UTC")


def get_fallback_message(config: Mapping[str, str]) -> str:
    """Return the reply to free text if no language model or server answers it."""
    is_answered = model_config.has_model(config) or bot_server_config.has_bot_server(config)
    default = MODEL_UNAVAILABLE if is_answered else NO_MODEL
    return config.get(FALLBACK_MESSAGE) or _translate(default, config)


def get_error_message(config: Mapping[str, str]) -> str:
    """Return the message to the user when a script or a server fails."""
    return config.get(ERROR_MESSAGE) or _translate(SCRIPT_FAILED, config)


def get_refusal_message(config: Mapping[str, str]) -> str:
    """Return the message to a user who has not the role that a script requires."""
    return _translate(REFUSED, config)


def _translate(message: str, config: Mapping[str, str]) -> str:
    return _TRANSLATIONS.get(get_language(config.get(LOCALE, "")), {}).get(message, message)


class _HeaderError(Exception):
    """The first line is neither a header nor an entry."""


def _read_rows(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are neither empty, nor comments, nor the header, with their line numbers."""
    reader = csv.reader(lines, strict=True, skipinitialspace=True)
    before, is_first, columns = 0, True, None
    for row in reader:
        cells = [column.strip() for column in row]
        if any(cells) and not cells[0].startswith("#"):
            if is_first and is_header(cells):
                columns = len(cells) if len(cells) > len(_HEADERS[0]) else None
            elif is_first and len(cells) == 1:
                raise _HeaderError
            else:
                yield before + 1, _join_value(cells, lines[before]) if columns is None else cells[:2]
            is_first = False
        before = reader.line_num
    if is_first:
        raise _HeaderError


def _join_value(cells: list[str], line: str) -> list[str]:
    """Return a name and its value, which may contain commas without quotes, as it is written in the line."""
    if len(cells) <= len(_HEADERS[0]):
        return cells
    return [cells[0], ", ".join(cells[1:]) if '"' in line else line.partition(",")[2].strip()]


def is_header(cells: Sequence[str]) -> bool:
    """Return whether a row is the header."""
    return [cell.lower() for cell in cells[:2]] in _HEADERS


def normalize_key(key: str) -> str:
    """Return the name that a key has today."""
    today = {old.lower(): new for old, new in _OLD_KEYS.items()}
    lower = " ".join(key.lower().split())
    return today.get(lower, lower.replace(" ", "-"))


def _check_entry(key: str, value: str, values: Mapping[str, str]) -> _Issue | None:
    """Return the issue of an entry, if any."""
    if key.startswith(PARAMETER_PREFIX):
        name = _get_variable_name(key)
        return None if _VARIABLE.fullmatch(name) else (f"`{name}` is not a valid name of a variable", Severity.ERROR)
    if key in KEYS:
        if key == embedding_config.MODEL and embedding_config.is_file(value):
            return (
                f"`{key}` names a file, which no provider serves; knowledge bases are searched by words",
                Severity.WARNING,
            )
        message = _check_value(key, value)
        return (message, Severity.ERROR) if message else None
    if mcp_config.is_mcp_key(key):
        message = mcp_config.check_mcp_entry(key, value, values)
        return (message, Severity.ERROR) if message else None
    if _UNSUPPORTED_KEY.fullmatch(key):
        return f"`{key}` is not supported yet", Severity.UNSUPPORTED
    return f"unknown key `{key}`{suggest_name(key, (*KEYS, PARAMETER_PREFIX))}", Severity.WARNING


def _check_value(key: str, value: str) -> str:
    """Return why the value of a supported key is invalid; empty if it is valid."""
    if key in model_config.MODEL_KEYS:
        return model_config.check_model_value(key, value)
    if key in embedding_config.EMBEDDING_KEYS:
        return embedding_config.check_embedding_value(key, value)
    if key in bot_server_config.BOT_SERVER_KEYS:
        return bot_server_config.check_bot_server_value(key, value)
    return _check_own_value(key, value)


def _check_own_value(key: str, value: str) -> str:
    if key in (LOCALE, TIME_ZONE):
        return _check_place(key, value)
    if key in (FALLBACK_MESSAGE, ERROR_MESSAGE, WELCOME_MESSAGE) and len(value) > MAX_MESSAGE_LENGTH:
        return f"`{key}` is longer than {MAX_MESSAGE_LENGTH:,} characters, the limit of a message"
    if key in (NAME, ACCESS) and not value.strip(" ,"):
        return f"`{key}` has no value"
    return ""


def _check_place(key: str, value: str) -> str:
    """Return why a language tag or a time zone is invalid; empty if it is valid."""
    if key == LOCALE and not _LOCALE.fullmatch(value):
        return f"`{value}` is not a language tag, such as `en` or `pt-BR`"
    if key == TIME_ZONE and not is_time_zone(value):
        return f"`{value}` is not a time zone, such as `UTC` or `America/Sao_Paulo`"
    return ""


def is_time_zone(name: str) -> bool:
    """Return whether a name is that of a time zone in the database of IANA."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        # The name of a folder, a path or an unknown name.
        return False
    return True


def _get_variable_name(key: str) -> str:
    return key.removeprefix(PARAMETER_PREFIX).replace("-", "_").lower()


def _parse_value(value: str) -> Value:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    # A leading zero or plus sign belongs to a telephone or an article number, which is a text.
    number = None if re.match(r"[+0]\d", value) else parse_numeric(value)
    return value if number is None else number
