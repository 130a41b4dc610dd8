"""The host: the port through which the machine reaches everything outside.

The machine itself does no input and no output. Every method with a side effect receives an `EffectKey`, an idempotency
key that is the same when a turn is retried, so that a host can return the recorded result instead of repeating the
effect. A method that fails raises `basic.errors.ScriptError` with a message for the author.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from basic.values import Value


@dataclass(frozen=True, slots=True)
class EffectKey:
    """The idempotency key of one side effect of one turn.

    Parameters
    ----------
    turn
        The id of the turn; a retry has the same id.
    step
        The number of the effect in the turn, from 1.
    """

    turn: str
    step: int


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """An HTTP request of a script.

    Parameters
    ----------
    method
        ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``.
    url
        The URL as the script wrote it; the host refuses those that a script must not reach.
    headers
        The headers of SET HEADER, and the content type of the body.
    body
        The text to send, or None.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The response to an `HttpRequest`, with any status; header names are lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a WHERE, in a program of an earlier release.

    Parameters
    ----------
    field
        The field's name.
    operator
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``like``.
    value
        The value that the field is compared with.
    """

    field: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound value in the text of a condition, which is never parsed as part of the condition."""

    value: Value


@dataclass(frozen=True, slots=True)
class Computation:
    """A value that is computed from a field of each row: the field, and operators with their right operands in turn.

    The operators are ``+``, ``-``, ``*``, ``/`` and ``&``.
    """

    field: str
    steps: tuple[tuple[str, Value], ...]


type Where = str | tuple[str | Bound, ...] | tuple[Condition, ...]
"""The condition on rows: a text such as ``status=open``, one with bound values, or conditions that must all be true; an
empty one selects all rows. In a text for ``find``, ORDER BY, LIMIT and OFFSET may follow the condition."""

TableOperation = Literal["find", "insert", "save", "append", "update", "delete", "merge"]


@dataclass(frozen=True, slots=True)
class TableRequest:
    """One operation on one table of the bot's data.

    ==========  ===========================  ===========================================
    operation   uses                         returns
    ==========  ===========================  ===========================================
    ``find``    ``where``, ``limit``         the array of rows, so many without a LIMIT
    ``insert``  ``row``, or ``values`` and   ``{id, success}`` or ``{success, error}``
                ``columns``
    ``save``    ``id``, ``row``              the row as it is stored
                or ``rows``: any number      how many rows
    ``append``  ``values``, and              the row as it is stored
                ``columns``: their names if
                the table has none itself
    ``update``  ``where`` or ``id``,         how many rows
                ``row`` and ``computed``
    ``delete``  ``where`` or ``id``          how many rows
    ``merge``   ``rows``, ``field``          ``{inserted, updated}``
    ==========  ===========================  ===========================================
    """

    operation: TableOperation
    table: str
    where: Where = ()
    id: Value = None
    row: Mapping[str, Value] = field(default_factory=dict)
    rows: Sequence[Value] | None = None
    values: Sequence[Value] = ()
    columns: Sequence[str] = ()
    computed: Mapping[str, Computation] = field(default_factory=dict)
    field: str = ""
    limit: int | None = None


FileOperation = Literal[
    "read",
    "rows",
    "write",
    "list",
    "details",
    "copy",
    "move",
    "delete",
    "send",
    "pack",
    "unpack",
    "download",
    "generate",
    "merge",
    "upload",
]


@dataclass(frozen=True, slots=True)
class FileRequest:
    """One operation on the drive of the bot. What is read or copied may be a file of the user, by its link.

    ==========  =======================  =====================================================
    operation   uses                     returns
    ==========  =======================  =====================================================
    ``read``    ``path``                 the text of the file, also of a PDF or a Word document
    ``rows``    ``path``                 the rows of a CSV file or of a workbook
    ``write``   ``path``, ``text``       the path
    ``list``    ``path``, ``pattern``    the names in the folder, of folders with a slash
    ``details`` ``path``                 maps of the files in the folder: ``name``, ``path``, ``size``, ``modified``
    ``copy``    ``path``, ``target``     the path of the copy
    ``move``    ``path``, ``target``     the new path
    ``delete``  ``path``                 NOTHING
    ``send``    ``path``, ``lifetime``   ``[name, content type, address]`` of a link, valid for a week or a shorter time
    ``pack``    ``path``, ``paths``      the path of the archive
    ``unpack``  ``path``, ``target``     the paths of the files
    ``download``  ``path``, ``http``     the path
    ``generate``  ``path`` or ``text``,  the path
                  ``data``, ``target``
    ``merge``   ``paths``, ``target``    the path
    ``upload``  ``path``, ``target``,    ``[path, size, content type]`` of the file in the drive; ``path`` may be a
                ``http``                 link to a file of the user, or the address of a request
    ==========  =======================  =====================================================
    """

    operation: FileOperation
    path: str
    target: str = ""
    text: str = ""
    pattern: str = ""
    paths: Sequence[str] = ()
    http: HttpRequest | None = None
    data: Mapping[str, Value] = field(default_factory=dict)
    lifetime: timedelta | None = None


READING: frozenset[FileOperation] = frozenset({"read", "rows", "list", "details"})
"""The operations on files that change nothing."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that a script sends, without its sender.

    Parameters
    ----------
    to
        The addresses of its recipients, without duplicates.
    subject
        Its subject, in one line.
    text
        Its text.
    attachments
        The paths of its attachments in the drive of the bot.
    html
        Its text as HTML; empty if it is plain text only.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[str, ...] = ()
    html: str = ""


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message that a script sends, without its sender.

    Parameters
    ----------
    to
        The telephone number of its recipient in the format of E.164.
    text
        Its text.
    """

    to: str
    text: str


MemoryScope = Literal["bot", "user"]
AttachmentKind = Literal["kb", "website", "tool"]


@dataclass(frozen=True, slots=True)
class KnowledgeResult:
    """A passage that a search in knowledge bases has found.

    Parameters
    ----------
    base
        The name of the knowledge base.
    content
        The text of the passage.
    source
        The file or the title of the web page, and the headings above the passage.
    relevance
        How well it matches, from 0 to 1.
    """

    base: str
    content: str
    source: str
    relevance: float


class Host(Protocol):
    """The environment of a running script."""

    def seconds(self) -> float:
        """Return the seconds of a monotonic clock, which limits the time of a turn."""

    def say(self, text: str) -> None:
        """Count a message that the script sends; one beyond the limit of a turn is a `basic.errors.BudgetError`."""

    def log(self, text: str) -> None:
        """Log a line of PRINT for the bot's author."""

    def warn(self, text: str) -> None:
        """Log for the bot's author why a statement was ignored."""

    def http(self, key: EffectKey, request: HttpRequest) -> HttpResponse:
        """Send a request and return its response, with any status; no response is a `ScriptError`."""

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        """Run an operation on the bot's data; see `TableRequest` for what it returns."""

    def file(self, key: EffectKey, request: FileRequest) -> Value:
        """Run an operation on the bot's files; see `FileRequest` for what it returns."""

    def create(self, key: EffectKey, table: str, row: Mapping[str, Value]) -> str:
        """Insert a row that belongs to this user into a table of the bot, and return its id."""

    def mail(self, key: EffectKey, mail: Mail) -> None:
        """Send a mail, once; a host that cannot send it, or does not know whether it did, raises a `ScriptError`."""

    def sms(self, key: EffectKey, sms: Sms) -> str:
        """Send a text message, once, and return its id; fails as ``mail`` does."""

    def talk_to(self, key: EffectKey, user: str, text: str) -> None:
        """Send a message to another user, once; a user who does not talk to the bot is a `ScriptError`."""

    def schedule(self, key: EffectKey, script: str, schedule: str) -> None:
        """Run a script without a user at a time, or again and again.

        The schedule is a text of `basic.schedules.cron.format_schedule`: one time is in UTC, and cron in the time zone
        of the bot. The same script with the same schedule is one.
        """

    def draw_code(self, digits: int) -> str:
        """Return random digits that no one can predict, the same ones when the turn is run again."""

    def recall(self, scope: MemoryScope, name: str) -> Value:
        """Return a value from memory, including what this turn has stored; NOTHING if there is none."""

    def remember(self, key: EffectKey, scope: MemoryScope, name: str, value: Value) -> None:
        """Store a value in the memory of the bot or of this user."""

    def search(self, key: EffectKey, bases: Sequence[str], query: str) -> Sequence[KnowledgeResult]:
        """Return the passages of knowledge bases that match a question best, the best one first."""

    def attach(self, key: EffectKey, kind: AttachmentKind, name: str) -> Sequence[str]:
        """Attach knowledge bases, a website or a tool. Return their names; an unknown one attaches nothing."""

    def detach(self, key: EffectKey, kind: AttachmentKind, name: str | None) -> Sequence[str]:
        """Detach those that a name stands for, or all of a kind without a name. Return their names if there is one."""

    def complete(self, key: EffectKey, prompt: str) -> str:
        """Return the reply of the bot's language model to a prompt; without a model it is a `ScriptError`."""
