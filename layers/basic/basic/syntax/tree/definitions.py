"""Nodes for what a script defines, and the script itself."""

from dataclasses import dataclass

from basic.diagnostics import START, Position
from basic.syntax.tree.statements import Block
from basic.values import Value


@dataclass(frozen=True, slots=True)
class Routine:
    """A SUB or a FUNCTION."""

    position: Position
    name: str
    parameters: tuple[str, ...]
    body: Block
    is_function: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """PARAM: a parameter of a script that is called or used as a tool.

    ``type`` is one of ``string``, ``integer``, ``number``, ``boolean``, ``array``, ``object`` and ``date``.
    """

    position: Position
    name: str
    type: str
    example: Value
    description: str
    options: tuple[Value, ...]
    required: bool
    default: Value = None


@dataclass(frozen=True, slots=True)
class TableField:
    """A column of a TABLE."""

    position: Position
    name: str
    type: str
    length: int | None
    precision: int | None
    key: bool
    references: str
    readers: tuple[str, ...]
    writers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """TABLE ... END TABLE."""

    position: Position
    name: str
    connection: str
    fields: tuple[TableField, ...]
    readers: tuple[str, ...]
    writers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScheduleHeader:
    """SET SCHEDULE.

    Parameters
    ----------
    position
        Where it is.
    schedule
        When the script is run, as `basic.schedules.cron.format_schedule` writes it.
    script
        The script that is run, as it is written; empty for the one that has the header.
    """

    position: Position
    schedule: str
    script: str = ""


@dataclass(frozen=True, slots=True)
class TriggerHeader:
    """ON INSERT OF, ON UPDATE OF or ON DELETE OF: the kind of change in lower case, and the table."""

    position: Position
    kind: str
    table: str


@dataclass(frozen=True, slots=True)
class MailHeader:
    """ON EMAIL: the address in lower case, and which mails to it.

    Parameters
    ----------
    position
        Where it is written.
    address
        The recipient.
    sender
        The address of the sender, or its domain; empty for any sender.
    subject
        What the subject contains; empty for any subject.
    """

    position: Position
    address: str
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class ScriptTree:
    """An entire script.

    Parameters
    ----------
    body
        The statements outside any SUB or FUNCTION, in order.
    webhook
        The name of the webhook that the script handles; empty if it handles none.
    webhook_position
        The position of WEBHOOK in the script.
    schedules
        When scripts are run without a user.
    triggers
        The changes of rows that the script is run for.
    mails
        The mails that the script is run for.
    """

    body: Block
    routines: tuple[Routine, ...]
    parameters: tuple[Parameter, ...]
    tables: tuple[Table, ...]
    description: str
    webhook: str
    webhook_position: Position = START
    schedules: tuple[ScheduleHeader, ...] = ()
    triggers: tuple[TriggerHeader, ...] = ()
    mails: tuple[MailHeader, ...] = ()
