"""The bytecode of a bot: instructions as plain data that is stored, loaded and run.

The machine is a stack machine, and a dialog is a state machine whose states are the HEARs where it waits. An
instruction is an opcode with up to two operands. Each running script or routine has a stack of values: an instruction
pops its arguments from it and pushes its result.

================  ==========================================================================================
opcode            effect
================  ==========================================================================================
``push`` v        push a value
``load`` n l      push the variable ``n``, a local one if ``l``
``bare`` n l      push the text of that variable, or the word ``n`` itself if it has none
``store`` n l     pop a value into a variable
``assign`` n p    pop a value into a part of a variable: ``p`` is whether it is local, and then the path, where None
                  is an index to pop
``member`` n      replace a map by its entry ``n``
``item``          replace a value and an index by the item
``array`` n       pop ``n`` values and push them as an array
``map`` k         pop the values of the keys ``k`` and push them as a map
``join`` n        pop ``n`` values and push their text
``+`` ...         the operators of the language
``negate``, ``not``, ``truth``
``pop``           discard a value
``jump`` t        jump to ``t``
``unless`` t      pop a condition and jump if it is false
``first`` t v     jump to ``t`` if the value on top, the left operand of OR, counts as true; without ``v`` a number
                  is replaced by true
``either``        replace both operands of OR by its value
``and`` t         jump if the value on top is false, or else pop it; ``or`` jumps if it is true, and ``??`` if it is
                  not empty
``null`` t        jump if the value on top is NOTHING
``call`` f n      call a function of the library with ``n`` arguments
``filter`` p      pop rows and some values and push the rows that fulfil the condition of the texts ``p``, in which
                  None is the next value
``routine`` r n   call a SUB or a FUNCTION of the script
``script`` s n    call a script; its name is popped from below the arguments if ``s`` is None
``do`` k s        run the handler of the keyword ``k`` with the slots ``s``
``hear`` h        ask and wait for an answer
``talk``          pop a value and send it as a message
``prompt``        pop the text of the system prompt
``each`` n l      pop an array and open a FOR EACH over it
``next`` t        go to the next item, or jump to ``t`` after the last
``for`` n l       pop start, stop and step and open a FOR
``test`` t        jump to ``t`` when a FOR is over
``step`` t        increment the variable and jump back to ``t``
``switch``        pop a value and open a SWITCH on it
``case``          replace a value by whether the SWITCH is on it
``close``         close the innermost FOR EACH, FOR or SWITCH
``resume`` b      start or end ON ERROR RESUME NEXT
``return``        pop a value and leave the routine or the script
``exit``          end all scripts
``fail`` s        fail with the message ``s``: a statement is not supported yet, or the file has errors
================  ==========================================================================================
"""

import bisect
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from basic.diagnostics import START, Position

FORMAT = 4
"""The format of stored programs. Bump on incompatible changes."""

_OLDEST_FORMAT = 1
"""The oldest format that this machine runs; format 2 added ``filter``, format 3 ``??``, ``null``, IN and LIKE, format 4
``first`` and ``either``."""


class Instruction(NamedTuple):
    """One instruction of the machine."""

    opcode: str
    first: Any = None
    second: Any = None


class StatementSpan(NamedTuple):
    """The instructions of a statement, and the number of blocks that are open around it."""

    start: int
    end: int
    blocks: int


SKIPPED_SCRIPT = "the script was published with an error"
"""Begin of the failure of a script that was skipped when its bot was published: ``Script.broken``."""


@dataclass(frozen=True, slots=True)
class RoutineEntry:
    """A SUB or a FUNCTION: the address of its first instruction, and its parameters in lower case."""

    start: int
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """A PARAM, as callers of the script see it."""

    name: str
    type: str
    description: str = ""
    example: Any = None
    options: tuple[Any, ...] = ()
    required: bool = True
    default: Any = None


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a table; ``number(10,2)`` has a length of 10 digits and a precision of 2 decimals."""

    name: str
    type: str
    length: int | None = None
    precision: int | None = None
    key: bool = False
    references: str = ""
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A TABLE of the bot: its fields, and the roles that may read and write it; without a role, every user may."""

    name: str
    connection: str
    columns: tuple[Column, ...]
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


class MailFilter(NamedTuple):
    """The mails that a script is run for.

    Parameters
    ----------
    address
        The recipient, in lower case.
    sender
        The address of the sender or its domain, in lower case; empty for any sender.
    subject
        What the subject contains, in any case; empty for any subject.
    """

    address: str
    sender: str
    subject: str

    def matches(self, address: str, sender: str, subject: str) -> bool:
        """Return whether a mail to an address, from a sender and with a subject is meant."""
        if self.address != address or self.subject.lower() not in subject.lower():
            return False
        domain = sender.lower().rpartition("@")[2]
        return self.sender in ("", sender.lower()) or f".{domain}".endswith(f".{self.sender}")


@dataclass(frozen=True, slots=True)
class Script:
    """A compiled script.

    Parameters
    ----------
    file
        Its file, for error messages.
    code
        Its instructions: first those of the script itself, then those of its routines.
    positions
        The positions in the file, each with the address of its first instruction: ``(address, line, column)``.
    spans
        The statements, each before those inside it.
    routines
        Its SUBs and FUNCTIONs by their names in lower case.
    broken
        Whether the file has errors: its code fails with the first of them.
    schedules
        When scripts are run without a user: `basic.schedules.cron.format_schedule`, and the name of the script.
    triggers
        The changes of rows that it is run for: ``insert``, ``update`` or ``delete``, and the table in lower case.
    mails
        The mails that it is run for.
    """

    file: str
    code: tuple[Instruction, ...]
    positions: tuple[tuple[int, int, int], ...]
    spans: tuple[StatementSpan, ...]
    routines: Mapping[str, RoutineEntry]
    arguments: tuple[Argument, ...] = ()
    description: str = ""
    webhook: str = ""
    broken: bool = False
    schedules: tuple[tuple[str, str], ...] = ()
    triggers: tuple[tuple[str, str], ...] = ()
    mails: tuple[MailFilter, ...] = ()

    def get_position(self, counter: int) -> Position:
        """Return the position of an instruction in the file."""
        index = bisect.bisect_right(self.positions, (counter, sys.maxsize)) - 1
        return Position(*self.positions[max(index, 0)][1:]) if self.positions else START

    def find_statement(self, counter: int) -> StatementSpan:
        """Return the innermost statement that an instruction belongs to."""
        enclosing = [span for span in self.spans if span.start <= counter < span.end]
        return enclosing[-1] if enclosing else StatementSpan(counter, len(self.code), 0)


@dataclass(frozen=True, slots=True)
class Program:
    """A bot's scripts by their names in lower case, without ``.bas``, and its tables.

    ``id`` identifies the version: a dialog continues with the program it began with.
    """

    id: str
    scripts: Mapping[str, Script]
    tables: tuple[TableDefinition, ...] = ()

    def find_webhook(self, name: str) -> str | None:
        """Return the script that handles a webhook, or None."""
        return next((script for script, code in self.scripts.items() if code.webhook == name), None)

    def list_schedules(self) -> list[tuple[str, str]]:
        """Return the schedules of scripts that exist, each with its script, sorted."""
        declared = {schedule for script in self.scripts.values() for schedule in script.schedules}
        return sorted((schedule, script) for schedule, script in declared if script in self.scripts)

    def list_triggers(self) -> frozenset[tuple[str, str]]:
        """Return the changes of rows that scripts run for: kind and table."""
        return frozenset(trigger for script in self.scripts.values() for trigger in script.triggers)

    def find_trigger(self, kind: str, table: str) -> str | None:
        """Return the script that is run for a kind of change of a table's rows, or None."""
        return next((script for script, code in self.scripts.items() if (kind, table) in code.triggers), None)

    def list_mail_addresses(self) -> tuple[str, ...]:
        """Return the addresses that scripts run for mails to, in lower case, sorted."""
        return tuple(sorted({each.address for script in self.scripts.values() for each in script.mails}))

    def find_mail_script(self, address: str) -> str | None:
        """Return the script that is run for mails to an address in lower case, or None."""
        return next(
            (name for name, code in self.scripts.items() if any(each.address == address for each in code.mails)), None
        )


class ProgramFormatError(ValueError):
    """A stored program that this machine cannot run."""


def make_program(scripts: Mapping[str, Script], tables: tuple[TableDefinition, ...]) -> Program:
    """Build a program; its id is a hash of its content."""
    parts = {"scripts": {name: _dump_script(script) for name, script in scripts.items()}, "tables": tables}
    text = json.dumps(parts, sort_keys=True, default=asdict)
    return Program(hashlib.sha256(text.encode()).hexdigest()[:16], scripts, tables)


def dump_program(program: Program) -> str:
    """Serialize a program as JSON."""
    data = {
        "format": FORMAT,
        "id": program.id,
        "scripts": {name: _dump_script(script) for name, script in program.scripts.items()},
        "tables": [asdict(table) for table in program.tables],
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def load_program(text: str) -> Program:
    """Deserialize a program from JSON.

    Raises
    ------
    ProgramFormatError
        If it was compiled to another format.
    """
    data = json.loads(text)
    if data.get("format") not in range(_OLDEST_FORMAT, FORMAT + 1):
        raise ProgramFormatError(
            f"the program has format {data.get('format')}, this machine runs {_OLDEST_FORMAT} to {FORMAT}"
        )
    scripts = {name: _load_script(script) for name, script in data["scripts"].items()}
    tables = tuple(
        TableDefinition(
            table["name"],
            table["connection"],
            tuple(_load_column(column) for column in table["columns"]),
            tuple(table["readers"]),
            tuple(table["writers"]),
        )
        for table in data["tables"]
    )
    return Program(data["id"], scripts, tables)


def _dump_script(script: Script) -> dict[str, Any]:
    return {
        "file": script.file,
        "code": [_trim(instruction) for instruction in script.code],
        "places": script.positions,
        "spans": script.spans,
        "routines": {name: [entry.start, entry.parameters] for name, entry in script.routines.items()},
        "arguments": [asdict(argument) for argument in script.arguments],
        "description": script.description,
        "webhook": script.webhook,
        # Left out otherwise, so that the ids of programs stay the same.
        **({"broken": True} if script.broken else {}),
        **({"schedules": script.schedules} if script.schedules else {}),
        **({"triggers": script.triggers} if script.triggers else {}),
        **({"mails": script.mails} if script.mails else {}),
    }


def _trim(instruction: Instruction) -> tuple[Any, ...]:
    """Return an instruction without the operands that it lacks."""
    if instruction.second is not None:
        return instruction
    return instruction[:1] if instruction.first is None else instruction[:2]


def _load_column(data: dict[str, Any]) -> Column:
    # Older compilers stored columns without readers and writers.
    roles = {name: tuple(data.get(name, ())) for name in ("readers", "writers")}
    return Column(**{**data, **roles})


def _load_script(data: dict[str, Any]) -> Script:
    return Script(
        data["file"],
        tuple(Instruction(sys.intern(parts[0]), *parts[1:]) for parts in data["code"]),
        tuple((address, line, column) for address, line, column in data["places"]),
        tuple(StatementSpan(*span) for span in data["spans"]),
        {name: RoutineEntry(start, tuple(parameters)) for name, (start, parameters) in data["routines"].items()},
        tuple(Argument(**{**argument, "options": tuple(argument["options"])}) for argument in data["arguments"]),
        data["description"],
        data["webhook"],
        data.get("broken", False),
        tuple((schedule, name) for schedule, name in data.get("schedules", ())),
        tuple((kind, table) for kind, table in data.get("triggers", ())),
        tuple(MailFilter(*each) for each in data.get("mails", ())),
    )
