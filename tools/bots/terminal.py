"""Runs a conversation with a bot in the terminal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from basic.machine.outcome import QuickReply
from conversations.engines import rules
from tools.bots.drive_files import build_drive
from tools.bots.engine_session import create_engine_session
from tools.bots.knowledge.memory import build_search
from tools.bots.memory_host import MemoryHost
from tools.bots.packages import Package
from tools.bots.terminal_session import BotOutput, DialogSession, TerminalSession

type Wait = Callable[[float], None]

SIGN_IN = "/sign-in "
"""Prefix of a command line, not sent to the bot: the user signs in with the id that follows."""


def create_session(package: Package, errors: TextIO, groups: Iterable[str] = (), seed: str = "") -> TerminalSession:
    """Create a session with a bot of scripts or rules, without a language model.

    Parameters
    ----------
    package
        The bot.
    errors
        The stream for the output of PRINT.
    groups
        The groups of the user.
    seed
        Where the random numbers of scripts begin.
    """
    if package.bundle is not None:
        log = partial(print, "log:", file=errors)
        host = MemoryHost(
            package.bundle,
            log,
            groups=frozenset(groups),
            drive=build_drive(package.drive),
            knowledge=build_search(package.bases),
        )
        return DialogSession(package.bundle, host, seed=seed)
    return create_engine_session(rules.RuleEngine(), package.bot)


def run_session(session: TerminalSession, inputs: Iterable[str], output: TextIO, errors: TextIO, wait: Wait) -> bool:
    """Run a session until the end of the input.

    Parameters
    ----------
    session
        The session with the bot.
    inputs
        The input lines. The number of a suggestion selects it, and ``/sign-in ID`` signs in.
    output, errors
        The streams for the conversation and for the runtime errors of scripts.
    wait
        Waits for the seconds of a WAIT statement.

    Returns
    -------
    bool
        Whether no script has failed.
    """
    bot_output = session.start()
    succeeded = not bot_output.error
    show = _Screen(session, output, errors, wait)
    show(bot_output)
    for line in inputs:
        text = line.strip()
        if text.startswith(SIGN_IN):
            session.sign_in(text.removeprefix(SIGN_IN).strip())
        elif text:
            selects = session.accepts_suggestion_numbers()
            bot_output = session.send(_resolve_suggestion(text, bot_output.suggestions) if selects else text)
            succeeded = succeeded and not bot_output.error
            show(bot_output)
    return succeeded


def _resolve_suggestion(text: str, suggestions: Iterable[QuickReply]) -> str:
    """Return the text to send: the value or label of a suggestion if the input is its number."""
    for number, suggestion in enumerate(suggestions, start=1):
        if text == str(number):
            return suggestion.value if suggestion.kind == "text" else suggestion.label
    return text


@dataclass(frozen=True, slots=True)
class _Screen:
    session: TerminalSession
    output: TextIO
    errors: TextIO
    wait: Wait

    def __call__(self, bot_output: BotOutput) -> None:
        for message in bot_output.messages:
            if isinstance(message, str):
                print(f"Bot: {message}", file=self.output)
            else:
                self.wait(message)
        for source in bot_output.sources:
            print(f"  Source: {source}", file=self.output)
        for number, suggestion in enumerate(bot_output.suggestions, start=1):
            mark = f"[{number}]" if self.session.accepts_suggestion_numbers() else "-"
            print(f"  {mark} {suggestion.label}", file=self.output)
        if bot_output.error:
            print(bot_output.error, file=self.errors)
