"""A bot's scripts as instructions: plain data that is stored, loaded and run.

An instruction is an operation with up to two operands. The machine keeps a stack of values for each running script or
routine; operands are taken from it and results put on it.

================  ==========================================================================================
operation         what it does
================  ==========================================================================================
``push`` v        puts a value
``load`` n l      puts the variable ``n``, a local one if ``l``
``bare`` n l      puts the text of that variable, or the word ``n`` itself if it has none
``store`` n l     takes a value into a variable
``assign`` n p    takes a value into a part of a variable: ``p`` is whether it is local, and then the path, where None
                  is an index to take from the stack
``member`` n      replaces a map by what it has under a name
``item``          replaces a value and an index by the item
``array`` n       takes values into an array
``map`` k         takes the values of some keys into a map
``join`` n        takes values and puts their text
``+`` ...         the operators of the language
``negate``, ``not``, ``truth``
``pop``           drops a value
``jump`` t        goes on elsewhere
``unless`` t      takes a condition and goes elsewhere if it does not hold
``and`` t         goes elsewhere if the value on top does not hold, and drops it if it does; ``or`` the other way
``call`` f n      calls a function of the library with ``n`` arguments
``filter`` p      takes rows and some values and puts the rows that fulfil the condition of the texts ``p``, in which
                  None is the next value
``routine`` r n   calls a SUB or a FUNCTION of the script
``script`` s n    calls a script; its name is taken from below the arguments if ``s`` is None
``do`` k s        carries out the keyword ``k`` with the slots ``s``
``hear`` h        asks and waits
``talk``          takes a value and says it
``prompt``        takes the text of the system prompt
``each`` n l      takes an array and opens a FOR EACH over it
``next`` t        goes to the next item, or to ``t`` after the last
``for`` n l       takes start, stop and step and opens a FOR
``test`` t        goes to ``t`` when a FOR is over
``step`` t        counts on and goes back to ``t``
``switch``        takes a value and opens a SWITCH on it
``case``          replaces a value by whether the SWITCH is on it
``close``         closes the innermost FOR EACH, FOR or SWITCH
``resume`` b      ON ERROR RESUME NEXT, or its end
``return``        takes a value and leaves the routine or the script
``exit``          ends everything
``fail`` s        is a statement that cannot run yet
================  ==========================================================================================
"""

import bisect
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from basic.diagnostics import Position

FORMAT = 2
"""Grows when older machines could not run what is stored."""

_OLDEST = 1
"""What this machine still runs: format 2 has ``filter`` besides."""


class Instruction(NamedTuple):
    """One step of the machine."""

    operation: str
    first: Any = None
    second: Any = None


class StatementSpan(NamedTuple):
    """The instructions of a statement, and how many blocks are open around it."""

    start: int
    end: int
    blocks: int


@dataclass(frozen=True, slots=True)
class RoutineEntry:
    """A SUB or a FUNCTION: where it starts, and its parameters in lower case."""

    start: int
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """A PARAM, for whoever calls the script."""

    name: str
    type: str
    description: str = ""
    example: Any = None
    options: tuple[Any, ...] = ()
    required: bool = True
    default: Any = None


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a table; of ``number(10,2)`` the length is 10 digits, and the precision is that 2 are decimals."""

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
    """A TABLE of the bot: who may read and write it, and each of its fields; nobody named is everybody."""

    name: str
    connection: str
    columns: tuple[Column, ...]
    readers: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A script that can run.

    Parameters
    ----------
    file
        Its file, for messages.
    code
        Its instructions: first those of the script itself, then those of its routines.
    places
        From which instruction on which place of the file is meant.
    spans
        The statements, each before those inside it.
    routines
        Its SUBs and FUNCTIONs by their names in lower case.
    """

    file: str
    code: tuple[Instruction, ...]
    places: tuple[tuple[int, int, int], ...]
    spans: tuple[StatementSpan, ...]
    routines: Mapping[str, RoutineEntry]
    arguments: tuple[Argument, ...] = ()
    description: str = ""
    webhook: str = ""

    def get_position(self, counter: int) -> Position:
        """Return the place of an instruction in the file."""
        index = bisect.bisect_right(self.places, (counter, sys.maxsize)) - 1
        return Position(*self.places[max(index, 0)][1:]) if self.places else Position(1, 1)

    def find_statement(self, counter: int) -> StatementSpan:
        """Return the innermost statement that an instruction belongs to."""
        inside = [span for span in self.spans if span.start <= counter < span.end]
        return inside[-1] if inside else StatementSpan(counter, len(self.code), 0)


@dataclass(frozen=True, slots=True)
class Program:
    """A bot's scripts by their names in lower case, without ``.bas``, and its tables.

    ``id`` names this very program: dialogs that began with it go on with it.
    """

    id: str
    scripts: Mapping[str, Script]
    tables: tuple[TableDefinition, ...] = ()

    def find_webhook(self, name: str) -> str | None:
        """Return the script that answers a webhook."""
        return next((script for script, code in self.scripts.items() if code.webhook == name), None)


class ProgramFormatError(ValueError):
    """A stored program that this machine cannot run."""


def make_program(scripts: Mapping[str, Script], tables: tuple[TableDefinition, ...]) -> Program:
    """Put a program together; the same scripts make the same id."""
    parts = {"scripts": {name: _script_data(script) for name, script in scripts.items()}, "tables": tables}
    text = json.dumps(parts, sort_keys=True, default=asdict)
    return Program(hashlib.sha256(text.encode()).hexdigest()[:16], scripts, tables)


def dump_program(program: Program) -> str:
    """Write a program as JSON."""
    data = {
        "format": FORMAT,
        "id": program.id,
        "scripts": {name: _script_data(script) for name, script in program.scripts.items()},
        "tables": [asdict(table) for table in program.tables],
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def load_program(text: str) -> Program:
    """Read a program from JSON.

    Raises
    ------
    ProgramFormatError
        If it was written by a newer or an older compiler.
    """
    data = json.loads(text)
    if data.get("format") not in range(_OLDEST, FORMAT + 1):
        raise ProgramFormatError(
            f"the program has format {data.get('format')}, this machine runs {_OLDEST} to {FORMAT}"
        )
    scripts = {name: _script(script) for name, script in data["scripts"].items()}
    tables = tuple(
        TableDefinition(
            table["name"],
            table["connection"],
            tuple(_column(column) for column in table["columns"]),
            tuple(table["readers"]),
            tuple(table["writers"]),
        )
        for table in data["tables"]
    )
    return Program(data["id"], scripts, tables)


def _script_data(script: Script) -> dict[str, Any]:
    return {
        "file": script.file,
        "code": [_trimmed(instruction) for instruction in script.code],
        "places": script.places,
        "spans": script.spans,
        "routines": {name: [entry.start, entry.parameters] for name, entry in script.routines.items()},
        "arguments": [asdict(argument) for argument in script.arguments],
        "description": script.description,
        "webhook": script.webhook,
    }


def _trimmed(instruction: Instruction) -> tuple[Any, ...]:
    if instruction.second is not None:
        return instruction
    return instruction[:1] if instruction.first is None else instruction[:2]


def _column(data: dict[str, Any]) -> Column:
    # Older compilers wrote columns without readers and writers.
    roles = {name: tuple(data.get(name, ())) for name in ("readers", "writers")}
    return Column(**{**data, **roles})


def _script(data: dict[str, Any]) -> Script:
    return Script(
        data["file"],
        tuple(Instruction(sys.intern(parts[0]), *parts[1:]) for parts in data["code"]),
        tuple((at, line, column) for at, line, column in data["places"]),
        tuple(StatementSpan(*span) for span in data["spans"]),
        {name: RoutineEntry(start, tuple(parameters)) for name, (start, parameters) in data["routines"].items()},
        tuple(Argument(**{**argument, "options": tuple(argument["options"])}) for argument in data["arguments"]),
        data["description"],
        data["webhook"],
    )
