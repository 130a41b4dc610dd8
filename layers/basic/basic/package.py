"""A bot's scripts together: from their texts to a program, or to everything that is wrong with them."""

from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

from basic.compiler.check import Checker, Surroundings
from basic.compiler.emitter import Emitter
from basic.compiler.names import Names, assigned_names, script_name
from basic.compiler.statements import StatementCompiler, table_definition
from basic.data.tables import normalize_table_name
from basic.errors import ScriptError
from basic.faults import Fault, Kind, Place
from basic.library import STANDARD, Library
from basic.program import Program, make_program
from basic.syntax.blocks import MOST_FAULTS
from basic.syntax.parse import parse
from basic.syntax.tree import Routine, Tree


class Built(NamedTuple):
    """What became of a bot's scripts.

    Parameters
    ----------
    program
        None if any of them has an error.
    faults
        What is wrong, and what is not supported, of all files, in order.
    """

    program: Program | None
    faults: list[Fault]


def build(sources: Mapping[str, str], surroundings: Surroundings | None = None, library: Library = STANDARD) -> Built:
    """Check and compile a bot.

    Parameters
    ----------
    sources
        The text of each script by its file's name, such as ``start.bas``.
    surroundings
        What the bot finds where it runs.
    library
        The functions that scripts may call.
    """
    parsed = {file: parse(file, text) for file, text in sources.items()}
    scripts = {script_name(file): each.tree for file, each in parsed.items()}
    assigned: dict[str, str] = {}
    for tree in scripts.values():
        assigned = assigned_names(tree) | assigned
    faults = _doubles(sources) + _double_tables({file: each.tree for file, each in parsed.items()})
    names = {file: Names(scripts, assigned, _routines(each.tree), library) for file, each in parsed.items()}
    for file, (tree, unreadable) in parsed.items():
        faults += unreadable
        lines = sources[file].split("\n")
        checker = Checker(names[file], surroundings or Surroundings())
        faults += [
            Fault(file, place, sentence, lines[place.line - 1].rstrip("\r"), kind)
            for place, sentence, kind in islice(checker.check(tree), MOST_FAULTS)
            if not unreadable or kind is not Kind.WARNING
        ]
    faults = sorted(set(faults))
    if any(fault.kind is Kind.ERROR for fault in faults):
        return Built(None, faults)
    compiled = {
        script_name(file): StatementCompiler(Emitter(), names[file]).script(file, each.tree)
        for file, each in parsed.items()
    }
    tables = tuple(table_definition(table) for tree in scripts.values() for table in tree.tables)
    return Built(make_program(compiled, tables), faults)


def _double_tables(trees: Mapping[str, Tree]) -> list[Fault]:
    """Report tables that are defined twice: it would be left to chance who may read them."""
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for file, table in [(file, table) for file, tree in trees.items() for table in tree.tables]:
        try:
            name = normalize_table_name(table.name)
        except ScriptError:
            continue
        if name in first:
            faults.append(Fault(file, table.at, f"the table {table.name} is defined twice, first in {first[name]}"))
        first.setdefault(name, f"line {table.at.line} of {file}")
    return faults


def _routines(tree: Tree) -> dict[str, Routine]:
    return {routine.name.lower(): routine for routine in reversed(tree.routines)}


def _doubles(sources: Mapping[str, str]) -> list[Fault]:
    """Report files that CALL could not tell apart."""
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for file in sources:
        name = script_name(file)
        if name in first:
            faults.append(Fault(file, Place(1, 1), f"`{first[name]}` has the same name but for case or folder"))
        first.setdefault(name, file)
    return faults
