"""The tools of a dialog: the scripts that its language model may call."""

from collections.abc import Mapping, Sequence

from basic import config
from basic.answer_modes import SQL_MODE
from basic.bundle import Bundle
from basic.machine.execution_state import ExecutionState, load_state
from basic.machine.machine import Machine
from basic.machine.outcome import Outcome, StoredState
from basic.machine.run import TurnContext
from basic.package_names import START_SCRIPT, get_script_name
from basic.program import Program
from basic.values import Value

MAX_TOOLS = 64
"""Tools of one dialog; each takes room in the prompt."""


def list_tools(program: Program, session: ExecutionState) -> Sequence[str]:
    """Return the names of the scripts that the language model may call.

    They are those of USE TOOL and of the quick replies of tools, except scripts with errors. Without a start script
    nothing could attach any, so then they are all scripts with a DESCRIPTION.
    """
    if START_SCRIPT not in program.scripts:
        described = [name for name, script in program.scripts.items() if script.description and not script.webhook]
        return described[:MAX_TOOLS]
    chips = (suggestion.value for suggestion in session.suggestions if suggestion.kind == "tool")
    names = dict.fromkeys(get_script_name(name) for name in (*session.tools, *chips))
    return [name for name in names if name in program.scripts and not program.scripts[name].broken][:MAX_TOOLS]


def run_tool(
    bundle: Bundle, state: StoredState, name: str, arguments: Mapping[str, Value], turn: TurnContext
) -> Outcome:
    """Run a tool with checked arguments.

    Parameters
    ----------
    bundle
        The bot.
    state
        The state of the dialog, in which no script runs.
    name
        The name of the script.
    arguments
        The arguments by the names of its PARAMs.
    turn
        The inputs of the turn.
    """
    # The start script sets the variables of the configuration for all scripts.
    variables = config.get_variables(bundle.config) if START_SCRIPT not in bundle.program.scripts else {}
    return Machine(bundle.program).start(name, turn, state, values={**variables, **arguments}, is_tool=True)


def reads_tables(state: StoredState) -> bool:
    """Return whether the language model of a dialog reads the tables of the bot: SET ANSWER MODE "sql"."""
    return load_state(state).answer_mode == SQL_MODE


def list_instructions(state: StoredState) -> list[str]:
    """Return the texts of a dialog for its model: BEGIN SYSTEM PROMPT, SET CONTEXT, and the selected context."""
    session = load_state(state)
    selected = session.contexts.get(session.context, "")
    return [text for text in (session.prompt, *session.instructions, selected) if text.strip()]
