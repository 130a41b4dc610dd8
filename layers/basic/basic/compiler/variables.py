"""The variables of a script: which names are assigned and mentioned, and which are local to a routine."""

from basic.syntax.tree.definitions import Routine, ScriptTree
from basic.syntax.tree.expressions import Bare, Command, Item, Literal, Member, Name, Target
from basic.syntax.tree.statements import Assign, Block, ForEach, ForTo, With
from basic.syntax.tree.walk import walk


def get_variable(target: Target) -> Name | None:
    """Return the variable that a target is, or is a part of."""
    part: object = target
    while isinstance(part, Member | Item):
        part = part.base
    return part if isinstance(part, Name) else None


def list_assigned_names(root: object) -> dict[str, str]:
    """Return the names that are assigned somewhere in a tree, in lower case, with their first spelling."""
    names: list[str] = []
    for node in walk(root):
        match node:
            case Assign() | With():
                variable = get_variable(node.target)
                names += [variable.name] if variable else []
            case ForEach() | ForTo():
                names.append(node.variable)
            case ScriptTree():
                names += [parameter.name for parameter in node.parameters]
            case Routine():
                names += node.parameters
            case Command(keyword="SET SESSION", slots={"name": Literal(value=str(name)) | Bare(name=name)}):
                names.append(name.removeprefix("session."))
            case _:
                pass
    return {name.lower(): name for name in reversed(names) if name}


def list_mentioned_names(block: Block) -> frozenset[str]:
    """Return the variables that some statements mention, in lower case."""
    nodes = list(walk(block))
    loops = (node.variable.lower() for node in nodes if isinstance(node, ForEach | ForTo))
    return frozenset(loops).union(node.name.lower() for node in nodes if isinstance(node, Name | Bare))


def list_local_names(routine: Routine, mentioned_outside: frozenset[str]) -> frozenset[str]:
    """Return the local variables of a routine, in lower case.

    These are its parameters and the names that it assigns, unless the script mentions them outside its routines; then
    they belong to the session.
    """
    parameters = (parameter.lower() for parameter in routine.parameters)
    return frozenset(list_assigned_names(routine.body)).difference(mentioned_outside).union(parameters)
