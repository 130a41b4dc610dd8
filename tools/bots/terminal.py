"""A conversation in the terminal."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from basic.machine.outcome import QuickReply
from tools.bots.memory_host import MemoryHost
from tools.bots.packages import Package
from tools.bots.players import DialogPlayer, Player, RulePlayer, Said

type Wait = Callable[[float], None]

SIGN_IN = "/sign-in "
"""Begins a line that says nothing to the bot: whoever types goes on as the user it names."""


def player_of(package: Package, errors: TextIO, groups: Iterable[str] = ()) -> Player:
    """Return what plays a bot to a member of some groups; what its scripts PRINT goes to ``errors``."""
    if package.bundle is None:
        return RulePlayer(package.bot)
    host = MemoryHost(package.bundle, partial(print, "log:", file=errors), groups=frozenset(groups))
    return DialogPlayer(package.bundle, host)


def play(player: Player, answers: Iterable[str], output: TextIO, errors: TextIO, wait: Wait) -> bool:
    """Talk until there are no more answers.

    Parameters
    ----------
    player
        The bot.
    answers
        What the user types, line by line; the number of a suggestion picks it, and ``/sign-in ID`` signs in.
    output, errors
        Where the conversation goes, and the faults of the scripts.
    wait
        Lets the seconds of a WAIT pass.

    Returns
    -------
    bool
        Whether no script broke.
    """
    said = player.open()
    sound = not said.fault
    show = _Screen(player, output, errors, wait)
    show(said)
    for line in answers:
        text = line.strip()
        if text.startswith(SIGN_IN):
            player.sign_in(text.removeprefix(SIGN_IN).strip())
        elif text:
            said = player.say(_meant(text, said.suggestions) if player.picks() else text)
            sound = sound and not said.fault
            show(said)
    return sound


def _meant(text: str, suggestions: Iterable[QuickReply]) -> str:
    """Return what is sent when a number picks a suggestion: its value, or the label that the bot knows it by."""
    for number, suggestion in enumerate(suggestions, start=1):
        if text == str(number):
            return suggestion.value if suggestion.kind == "text" else suggestion.label
    return text


@dataclass(frozen=True, slots=True)
class _Screen:
    player: Player
    output: TextIO
    errors: TextIO
    wait: Wait

    def __call__(self, said: Said) -> None:
        for message in said.messages:
            if isinstance(message, str):
                print(f"Bot: {message}", file=self.output)
            else:
                self.wait(message)
        for number, suggestion in enumerate(said.suggestions, start=1):
            mark = f"[{number}]" if self.player.picks() else "-"
            print(f"  {mark} {suggestion.label}", file=self.output)
        if said.fault:
            print(said.fault, file=self.errors)
