"""Compiling an entire script: its statements, its routines and its declarations."""

from basic.compiler.emitter import Emitter
from basic.compiler.names import Names
from basic.compiler.scope import Scope
from basic.compiler.statements import StatementCompiler
from basic.compiler.variables import list_local_names, list_mentioned_names
from basic.data.field_types import FIELD_TYPES
from basic.data.tables import normalize_table_name
from basic.diagnostics import START, Diagnostic, Position
from basic.package_names import get_script_name
from basic.program import (
    SKIPPED_SCRIPT,
    Argument,
    Column,
    Instruction,
    MailFilter,
    RoutineEntry,
    Script,
    TableDefinition,
)
from basic.syntax.tree.definitions import Parameter, Routine, ScriptTree, Table, TableField
from basic.syntax.tree.statements import Block

_ANY_TYPE = "any"
"""A type that holds every value."""


def compile_script(file: str, tree: ScriptTree, names: Names) -> Script:
    """Compile a script without errors."""
    emitter = Emitter()
    _compile_body(Scope(emitter, names), tree.body, START)
    mentioned = list_mentioned_names(tree.body)
    routines = {routine.name.lower(): _compile_routine(emitter, names, routine, mentioned) for routine in tree.routines}
    return Script(
        file,
        tuple(emitter.code),
        tuple(emitter.positions),
        tuple(emitter.spans),
        routines,
        tuple(map(_build_argument, tree.parameters)),
        tree.description,
        tree.webhook,
        schedules=tuple(
            dict.fromkeys((header.schedule, get_script_name(header.script or file)) for header in tree.schedules)
        ),
        triggers=tuple(dict.fromkeys((header.kind, normalize_table_name(header.table)) for header in tree.triggers)),
        mails=tuple(MailFilter(header.address, header.sender, header.subject) for header in tree.mails),
    )


def compile_broken_script(diagnostic: Diagnostic) -> Script:
    """Compile a script with errors to one that fails with the first of them."""
    line, column = diagnostic.position or START
    code = Instruction("fail", f"{SKIPPED_SCRIPT}: {diagnostic.message}")
    return Script(diagnostic.file, (code,), ((0, line, column),), (), {}, broken=True)


def build_table_definition(table: Table) -> TableDefinition:
    """Return a TABLE in the form that the program stores."""
    columns = tuple(map(_build_column, table.fields))
    return TableDefinition(table.name, table.connection, columns, table.readers, table.writers)


def _compile_routine(emitter: Emitter, names: Names, routine: Routine, mentioned: frozenset[str]) -> RoutineEntry:
    start = emitter.get_address()
    _compile_body(Scope(emitter, names, list_local_names(routine, mentioned)), routine.body, routine.position)
    return RoutineEntry(start, tuple(parameter.lower() for parameter in routine.parameters))


def _compile_body(scope: Scope, body: Block, position: Position) -> None:
    """Compile statements that return NOTHING at their end."""
    StatementCompiler(scope).compile_block(body)
    scope.emitter.emit(position, "push")
    scope.emitter.emit(position, "return")


def _build_argument(parameter: Parameter) -> Argument:
    return Argument(
        parameter.name,
        parameter.type,
        parameter.description,
        parameter.example,
        parameter.options,
        parameter.required,
        parameter.default,
    )


def _build_column(field: TableField) -> Column:
    """Return a field in the form that the program stores; one whose type is a table holds the key of a row of it."""
    is_reference = field.type.lower() not in FIELD_TYPES
    return Column(
        field.name,
        _ANY_TYPE if is_reference else field.type,
        field.length,
        field.precision,
        field.key,
        field.type if is_reference else field.references,
        field.readers,
        field.writers,
    )
