"""The text files with which bots are tested.

A file is a conversation as ``conversations bots run`` prints it. Above it, before a line ``---``, may be the conditions
of the test: comments, settings, and HTTP requests with their responses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from basic.config import KEYS, PARAMETER_PREFIX
from basic.host import MemoryScope
from tools.bots.testing.exchanges import Exchange, WebError, parse_exchanges, split_exchanges

SEPARATOR = "---"
USER_PREFIX = "You: "

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""The time of a test that names none, a Sunday."""


class ScenarioError(Exception):
    """A test file is invalid. The text is shown to its author."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a test.

    Attributes
    ----------
    now
        The time, which does not pass.
    user
        The id of the signed-in user; None for a visitor.
    groups
        The groups of the user.
    replies
        The replies of the language model to LLM; empty if the bot has none.
    memories
        The values in the memories of the bot and of the user.
    config
        The values that replace those of config.csv.
    exchanges
        The HTTP requests and the responses to them.
    """

    now: datetime = NOW
    user: str | None = None
    groups: frozenset[str] = frozenset()
    replies: Sequence[str] = ()
    memories: Mapping[tuple[MemoryScope, str], str] = field(default_factory=dict)
    config: Mapping[str, str] = field(default_factory=dict)
    exchanges: Sequence[Exchange] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A test.

    Attributes
    ----------
    head
        The text before the conversation, with the line that ends it.
    conditions
        What it says.
    conversation
        The conversation.
    """

    head: str
    conditions: Conditions
    conversation: str

    def list_inputs(self) -> list[str]:
        """Return the messages of the user."""
        lines = self.conversation.splitlines()
        return [line.removeprefix(USER_PREFIX) for line in lines if line.startswith(USER_PREFIX)]


def parse_scenario(text: str) -> Scenario:
    """Parse a test file.

    Raises
    ------
    ScenarioError
        If it is invalid.
    """
    lines = text.splitlines(keepends=True)
    ends = [index for index, line in enumerate(lines) if line.rstrip() == SEPARATOR]
    if not ends:
        return Scenario("", Conditions(), text)
    return Scenario(
        "".join(lines[: ends[0] + 1]), _parse_conditions("".join(lines[: ends[0]])), "".join(lines[ends[0] + 1 :])
    )


def _parse_conditions(text: str) -> Conditions:
    settings, *exchanges = split_exchanges(text)
    try:
        conditions = Conditions(exchanges=parse_exchanges("".join(exchanges)))
    except WebError as error:
        raise ScenarioError(str(error)) from None
    for line in settings.splitlines():
        if line.strip() and not line.startswith(("'", "#")):
            name, separator, value = line.partition(":")
            if not separator:
                raise ScenarioError(f"`{line}` is no setting, such as `user: ana`, and no request.")
            conditions = _add_setting(conditions, name.strip(), value.strip())
    return conditions


def _add_setting(conditions: Conditions, name: str, value: str) -> Conditions:
    word, _, memory = name.partition(" ")
    if word in _SETTINGS:
        return _SETTINGS[word](conditions, value)
    if word in ("user-memory", "bot-memory") and memory:
        key: tuple[MemoryScope, str] = ("user" if word == "user-memory" else "bot", memory.lower())
        return replace(conditions, memories={**conditions.memories, key: value})
    if name in KEYS or name.startswith(PARAMETER_PREFIX):
        return replace(conditions, config={**conditions.config, name: value})
    known = ", ".join((*_SETTINGS, "user-memory NAME", "bot-memory NAME"))
    raise ScenarioError(f"`{name}` is no setting of a test: {known}, or a name of config.csv.")


def _set_now(conditions: Conditions, value: str) -> Conditions:
    try:
        now = datetime.fromisoformat(value)
    except ValueError:
        raise ScenarioError(f"`now: {value}` is no time, such as `2030-12-24 09:30`.") from None
    return replace(conditions, now=now if now.tzinfo else now.replace(tzinfo=UTC))


_SETTINGS: Mapping[str, Callable[[Conditions, str], Conditions]] = {
    "now": _set_now,
    "user": lambda conditions, value: replace(conditions, user=value),
    "group": lambda conditions, value: replace(conditions, groups=conditions.groups | {value}),
    "model": lambda conditions, value: replace(conditions, replies=(*conditions.replies, value)),
}
