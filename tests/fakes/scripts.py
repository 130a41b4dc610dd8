"""A deployment without AWS whose bots are written in the dialog language."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from basic import config as config_file
from basic.bundle import Bundle, dump_bundle, load_bundle, make_bundle
from basic.compiler.context import BuildContext
from basic.data.in_memory import InMemoryTableStore
from basic.errors import ScriptError
from basic.http.client import HttpClient
from basic.http.transport import Hop, HopResponse
from basic.package import build
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import GreetJob
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from conversations.domain.turn import Turn
from conversations.engines import basic
from conversations.engines.basic.engine import BasicEngine
from conversations.engines.basic.programs import LostProgramError, build_program_key
from tests.builders import a_bot, a_conversation, a_draft, a_user
from tests.fakes.memory import MemoryMemory
from tests.fakes.world import DEFAULT_BOT, World

ADA = a_user("ada")


def a_bundle(sources: Mapping[str, str], collections: frozenset[str] = frozenset(), **config: str) -> Bundle:
    """Compile scripts, by the names of their files without ``.bas``, which must have no fault."""
    files = {f"{name}.bas": text for name, text in sources.items()}
    settings = {name.replace("_", "-"): text for name, text in config.items()}
    built = build(
        files, BuildContext(collections=collections, variables=frozenset(config_file.get_variables(settings)))
    )
    assert built.program is not None, [str(fault) for fault in built.diagnostics]
    return make_bundle(built.program, settings, collections)


def a_script_bot(bundle: Bundle, bot_id: str = DEFAULT_BOT) -> Bot:
    """Return the bot that runs a version."""
    version = bundle.program.id
    return a_bot(bot_id, engine=basic.ENGINE, program={"version": version, "key": build_program_key(bot_id, version)})


@dataclass(slots=True)
class MemoryPrograms:
    """The bucket of versions; every reading is as good as the first one of a cold function."""

    texts: dict[str, str] = field(default_factory=dict)

    def get(self, key: str) -> Bundle:
        if key not in self.texts:
            raise LostProgramError(key)
        return load_bundle(self.texts[key])


@dataclass(slots=True)
class MemoryJournal:
    """The journal of one turn."""

    kept: dict[str, bytes]
    name: str

    def read(self) -> bytes:
        return self.kept.get(self.name, b"")

    def write(self, kept: bytes) -> None:
        self.kept[self.name] = kept


@dataclass(slots=True)
class FarSide:
    """The web: every host is public, and answers what the test says.

    Attributes
    ----------
    asked
        Every request that reached it.
    answers
        What is answered next; ``{"id": <how many were asked>}`` when there is nothing.
    takes
        How many seconds an answer takes.
    seconds
        The clock of all turns.
    """

    asked: list[Hop] = field(default_factory=list)
    answers: list[HopResponse | Exception] = field(default_factory=list)
    takes: float = 0
    seconds: float = 0

    def __call__(self, hop: Hop) -> HopResponse:
        self.asked.append(hop)
        self.seconds += min(self.takes, hop.seconds)
        if self.takes > hop.seconds:
            raise ScriptError(f"{hop.target.host} did not answer")
        answer = self.answers.pop(0) if self.answers else an_answer({"id": len(self.asked)})
        if isinstance(answer, Exception):
            raise answer
        return answer


def an_answer(data: object, status: int = 200) -> HopResponse:
    """Return an answer with JSON in it."""
    return HopResponse(status, "OK", {"content-type": "application/json"}, json.dumps(data).encode())


def _as_it_is(part: Any) -> Any:  # noqa: ANN401 - whatever it is
    return part


class ScriptWorld(World):
    """A world with one bot, written in the dialog language.

    Parameters
    ----------
    script
        Its ``start.bas``.
    others
        Its other scripts.
    collections
        Its knowledge bases.
    between
        Put between the engine and each part of the world.
    config
        Its settings, with ``_`` for ``-``.
    """

    def __init__(
        self,
        script: str,
        others: Mapping[str, str] | None = None,
        *,
        collections: frozenset[str] = frozenset(),
        between: Callable[[Any], Any] = _as_it_is,
        **config: str,
    ) -> None:
        super().__init__()
        self.programs = MemoryPrograms()
        self.tables = InMemoryTableStore()
        self.journals: dict[str, bytes] = {}
        self.web = FarSide()
        self._between = between
        for name in ("turns", "gateway", "tellings", "queue"):
            setattr(self, name, between(getattr(self, name)))
        self.other_engines[basic.ENGINE] = self.cold_engine()
        self.publish(a_bundle({"start": script, **(others or {})}, collections, **config))

    def cold_engine(self) -> BasicEngine:
        """Return the engine of a function that has just started."""
        client = HttpClient(
            resolve=lambda _host, _port: ["192.0.2.1"],
            permits=lambda _address: True,
            transport=self._between(self.web),
            clock=lambda: self.web.seconds,
        )
        return BasicEngine(
            programs=self._between(self.programs),
            tables=lambda _bot_id: cast("InMemoryTableStore", self._between(self.tables)),
            memories=self._between(MemoryMemory(self.memory)),
            journal=self._journal,
            client=client,
            clock=lambda: self.web.seconds,
        )

    def _journal(self, turn: Turn) -> MemoryJournal:
        return cast("MemoryJournal", self._between(MemoryJournal(self.journals, turn.id)))

    def publish(self, bundle: Bundle) -> None:
        """Publish a version of the bot; earlier ones stay."""
        bot = a_script_bot(bundle)
        self.programs.texts[str(bot.program["key"])] = dump_bundle(bundle)
        self.memory.bots[bot.id] = bot

    def opened(self, owner: Principal = ADA) -> Conversation:
        """Begin a conversation in which the bot has spoken first."""
        conversation = self.holds(a_conversation(owner))
        self.replies.handle(GreetJob(session_id=conversation.id))
        return conversation

    def says(self, conversation: Conversation, content: str, owner: Principal = ADA, *, attachments: int = 0) -> None:
        """Let the user say something, and the bot answer."""
        self.messages.send(owner, conversation.id, a_draft(content, attachments=attachments))
        self.run_the_bots()

    def told(self, conversation: Conversation) -> list[str]:
        """Return what the bot has said, oldest first."""
        return [each.content for each in self.stored(conversation.id) if each.sender == "bot"]

    def last(self, conversation: Conversation) -> Message:
        """Return what was said last."""
        return self.stored(conversation.id)[-1]

    def talk(self, *contents: str, owner: Principal = ADA) -> list[str]:
        """Begin a conversation, let the user say some things, and return what the bot said."""
        conversation = self.opened(owner)
        for content in contents:
            self.says(conversation, content, owner)
        return self.told(conversation)
