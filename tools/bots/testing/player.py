"""Runs the conversation of a test, on the same sessions as ``conversations bots run``."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from io import StringIO

from basic.bundle import Bundle
from basic.machine.execution_state import load_state
from basic.values import Value
from conversations.engines import rules, webhook_bot
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from conversations.ports.drive import DriveStore
from tools.bots import terminal
from tools.bots.drive_files import build_drive
from tools.bots.engine_session import create_engine_session
from tools.bots.knowledge.memory import build_search
from tools.bots.memory_drive import InMemoryDriveStore
from tools.bots.memory_host import MemoryHost
from tools.bots.packages import Package
from tools.bots.terminal_session import DialogSession
from tools.bots.testing.exchanges import Web
from tools.bots.testing.scenario import USER_PREFIX, Conditions, Scenario, ScenarioError


def play_scenario(package: Package, scenario: Scenario) -> str:
    """Send the messages of a test to its bot, and return the conversation.

    Raises
    ------
    ScenarioError
        If the bot is a server.
    WebError
        If a request differs from those of the test.
    """
    if package.bot.engine == webhook_bot.ENGINE:
        raise ScenarioError("A webhook bot is its server: test it there.")
    if package.bundle is not None:
        return play_bundle(
            package.bundle,
            scenario.conditions,
            scenario.list_inputs(),
            build_search(package.bases),
            build_drive(package.drive),
        )
    shown = StringIO()
    session = create_engine_session(rules.RuleEngine(), package.bot)
    terminal.run_session(session, _echo(scenario.list_inputs(), shown), shown, shown, partial(_pause, shown))
    return shown.getvalue()


def play_bundle(
    bundle: Bundle,
    conditions: Conditions,
    inputs: Sequence[str],
    knowledge: KnowledgeSearch | None = None,
    drive: DriveStore | None = None,
) -> str:
    """Send messages to a bot of scripts, and return the conversation; at its end is what the language model knows."""
    shown, web = StringIO(), Web([*conditions.exchanges])
    bundle = replace(bundle, config={**bundle.config, **conditions.config})
    host = MemoryHost(
        bundle,
        lambda text: print(f"  (log: {text})", file=shown),
        client=web.build_client(),
        groups=conditions.groups,
        remembered={**conditions.memories},
        knowledge=knowledge,
        drive=InMemoryDriveStore() if drive is None else drive,
    )
    if conditions.replies:
        replies = iter(conditions.replies)
        host.completer = lambda _prompt: next(replies)
    session = DialogSession(bundle, host, now=lambda: conditions.now, user=conditions.user)
    terminal.run_session(session, _echo(inputs, shown), shown, shown, partial(_pause, shown))
    web.require_end()
    for line in [] if session.state is None else _describe_state(session.state):
        print(f"  ({line})", file=shown)
    return shown.getvalue()


def _echo(inputs: Sequence[str], shown: StringIO) -> Iterator[str]:
    for text in inputs:
        print(f"{USER_PREFIX}{text}", file=shown)
        yield text


def _pause(shown: StringIO, seconds: float) -> None:
    print(f"  ({seconds:g} seconds)", file=shown)


def _describe_state(state: dict[str, Value]) -> list[str]:
    """Return the part of the state that is for the language model."""
    execution = load_state(state)
    return [
        *([f"system prompt: {' / '.join(execution.prompt.splitlines())}"] if execution.prompt else []),
        *(f"instruction: {text}" for text in execution.instructions),
        *(f"context {name}: {text}" for name, text in execution.contexts.items()),
        *([f"selected: {execution.context}"] if execution.context else []),
        *(f"knowledge base: {name}" for name in execution.collections),
        *(f"tool: {name}" for name in execution.tools),
    ]
