"""A deployment without AWS whose bot is written in BASIC."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from basic import config as config_file
from basic.bundle import Bundle, dump_bundle, load_bundle, make_bundle
from basic.compiler.context import BuildContext
from basic.errors import ScriptError
from basic.host import HttpRequest, HttpResponse
from basic.http.client import HttpClient
from basic.http.transport import Hop, HopResponse
from basic.package import build
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ProgramNotFoundError
from conversations.domain.jobs import GreetJob
from conversations.domain.knowledge import Passage
from conversations.domain.principal import Principal
from conversations.domain.turn import Turn
from conversations.engines import basic
from conversations.engines.basic.drive import FileLinks
from conversations.engines.basic.engine import BasicEngine
from conversations.engines.basic.programs import build_program
from conversations.engines.basic.script_services import ScriptServices
from conversations.engines.basic.sending import Mailer, Texter
from conversations.engines.knowledge.bases import CachedBases
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from conversations.ports.bots import JournalStorage
from conversations.services.talk import TalkService
from tests.builders import a_bot, a_conversation, a_draft, a_user
from tests.fakes.knowledge import InMemoryKnowledgeStore
from tests.fakes.memory import InMemoryBotCatalogue, InMemoryConversationStore, InMemoryMemoryStore
from tests.fakes.models import FakeEmbedders, FakeModels, FakeSecrets
from tests.fakes.schedules import InMemoryScheduleStore
from tests.fakes.sending import FakeMailSender, FakeSmsSender, InMemorySendClaims
from tests.fakes.world import DEFAULT_BOT, World

if TYPE_CHECKING:
    from basic.data.in_memory import InMemoryTableStore

ADA = a_user("ada")


def a_bundle(
    sources: Mapping[str, str],
    collections: frozenset[str] = frozenset(),
    knowledge: Mapping[str, str] | None = None,
    **config: str,
) -> Bundle:
    """Compile scripts, given by their file names without ``.bas``; they must be valid."""
    files = {f"{name}.bas": text for name, text in sources.items()}
    settings = {name.replace("_", "-"): text for name, text in config.items()}
    built = build(
        files, BuildContext(collections=collections, variables=frozenset(config_file.get_variables(settings)))
    )
    assert built.program is not None, [str(fault) for fault in built.diagnostics]
    return make_bundle(built.program, settings, collections, knowledge)


def a_script_bot(bundle: Bundle, bot_id: str = DEFAULT_BOT) -> Bot:
    """Return a bot with this version."""
    return a_bot(bot_id, engine=basic.ENGINE, program=build_program(bot_id, bundle.program))


@dataclass(slots=True)
class MemoryPrograms:
    """``Programs``: the bucket of versions, without a cache."""

    texts: dict[str, str] = field(default_factory=dict)

    def get(self, key: str) -> Bundle:
        if key not in self.texts:
            raise ProgramNotFoundError(key)
        return load_bundle(self.texts[key])


@dataclass(slots=True)
class InMemoryJournalStorage(JournalStorage):
    """``JournalStorage``: the journal of one turn."""

    journals: dict[str, bytes]
    name: str

    def read(self) -> bytes:
        return self.journals.get(self.name, b"")

    def write(self, content: bytes) -> None:
        self.journals[self.name] = content

    @property
    def is_over(self) -> bool:
        return False

    def is_superseded(self) -> bool:
        return False


@dataclass(slots=True)
class FakeWeb:
    """The web: every host is public and returns the responses a test defines.

    Attributes
    ----------
    requests
        The requests it received.
    answers
        The next responses; ``{"id": <number of requests>}`` if there is none.
    takes
        How many seconds a response takes.
    seconds
        The time of the clock of all turns.
    """

    requests: list[Hop] = field(default_factory=list)
    answers: list[HopResponse | Exception] = field(default_factory=list)
    takes: float = 0
    seconds: float = 0

    def __call__(self, hop: Hop) -> HopResponse:
        self.requests.append(hop)
        self.seconds += min(self.takes, hop.seconds)
        if self.takes > hop.seconds:
            raise ScriptError(f"{hop.target.host} did not answer")
        answer = self.answers.pop(0) if self.answers else an_answer({"id": len(self.requests)})
        if isinstance(answer, Exception):
            raise answer
        return answer


def an_answer(data: object, status: int = 200) -> HopResponse:
    """Return a response with a JSON body."""
    return HopResponse(status, "OK", {"content-type": "application/json"}, json.dumps(data).encode())


def _identity(part: Any) -> Any:  # noqa: ANN401 - any dependency
    return part


class ScriptWorld(World):
    """A world with one bot, written in BASIC.

    Parameters
    ----------
    script
        Its ``start.bas``.
    others
        Its other scripts.
    bases
        Its knowledge bases.
    embedders
        Its embedding models; None to search by words.
    between
        Wraps each dependency of the engine.
    config
        Its settings, with ``_`` for ``-``.
    """

    def __init__(
        self,
        script: str,
        others: Mapping[str, str] | None = None,
        *,
        bases: Mapping[str, Sequence[Passage]] | None = None,
        embedders: FakeEmbedders | None = None,
        between: Callable[[Any], Any] = _identity,
        **config: str,
    ) -> None:
        super().__init__()
        self.programs = MemoryPrograms()
        self.journals: dict[str, bytes] = {}
        self.web = FakeWeb()
        self.sends_mail = True
        self.mail = FakeMailSender()
        self.mail_claims = InMemorySendClaims()
        self.sends_sms = True
        self.sms = FakeSmsSender()
        self.sms_claims = InMemorySendClaims()
        self.models = FakeModels()
        self.secrets = FakeSecrets()
        self.schedules = InMemoryScheduleStore()
        self.knowledge = InMemoryKnowledgeStore()
        self.embedders = embedders
        self._between = between
        for name in ("turns", "gateway", "delayed_deliveries", "queue"):
            setattr(self, name, between(getattr(self, name)))
        self.other_engines[basic.ENGINE] = self.cold_engine()
        self.sources = {"start": script, **(others or {})}
        self.config = config
        self.publish_bases(bases or {})

    def cold_engine(self) -> BasicEngine:
        """Return the engine of a function after a cold start."""
        mcp_client = self._build_mcp_client()
        services = ScriptServices(
            programs=self._between(self.programs),
            tables=lambda _bot_id: cast("InMemoryTableStore", self._between(self.tables)),
            memories=self._between(InMemoryMemoryStore(self.memory)),
            drive=self._between(self.drive),
            links=FileLinks(self._between(self.sent_files), "https://chat.example/api"),
            owned_rows=self._between(self.owned_rows),
            talker=self._build_talker(),
            schedules=self._between(self.schedules),
            knowledge=self._build_search(),
            client=self._build_client(),
            mailer=self._build_mailer() if self.sends_mail else None,
            texter=self._build_texter() if self.sends_sms else None,
        )
        return BasicEngine(
            services=services,
            journal=self._journal,
            answerer=lambda: Answerer(self._between(self.models), self._clock, self.models.sleep),
            mcp=lambda: mcp_client,
            clock=self._clock,
        )

    def _build_talker(self) -> TalkService:
        return TalkService(
            conversations=self._between(InMemoryConversationStore(self.memory)),
            talks=self._between(self.talks),
            bots=InMemoryBotCatalogue(self.memory),
            queue=self.queue,
        )

    def _build_search(self) -> KnowledgeSearch:
        embedders = self.embedders
        bases = CachedBases(self._between(self.knowledge))
        return KnowledgeSearch(bases, None if embedders is None else lambda: self._between(embedders))

    def publish_bases(self, bases: Mapping[str, Sequence[Passage]]) -> None:
        """Publish the scripts of the bot with other knowledge bases."""
        keys = self.knowledge.add(bases, self.embedders)
        collections = frozenset(name for name in bases if "://" not in name)
        self.publish(a_bundle(self.sources, collections, keys, **self.config))

    def _build_mailer(self) -> Mailer:
        return Mailer(lambda: self._between(self.mail), self._between(self.mail_claims), self.clock)

    def _build_texter(self) -> Texter:
        return Texter(lambda: self._between(self.sms), self._between(self.sms_claims), self.clock)

    def _build_mcp_client(self) -> McpClient:
        """Return a client whose servers are hosts of the web."""
        client = self._build_client()

        def send(request: HttpRequest, seconds: float) -> HttpResponse:
            return replace(client, seconds=seconds).send(request)

        return McpClient(send, self.secrets)

    def _build_client(self) -> HttpClient:
        return HttpClient(
            resolve=lambda _host, _port: ["192.0.2.1"],
            permits=lambda _address: True,
            transport=self._between(self.web),
            clock=lambda: self.web.seconds,
        )

    def _clock(self) -> float:
        return self.web.seconds + self.models.seconds

    def _journal(self, turn: Turn) -> InMemoryJournalStorage:
        return cast("InMemoryJournalStorage", self._between(InMemoryJournalStorage(self.journals, turn.id)))

    def publish(self, bundle: Bundle) -> None:
        """Publish a version of the bot; earlier versions stay available."""
        bot = a_script_bot(bundle)
        self.programs.texts[str(bot.program["key"])] = dump_bundle(bundle)
        self.memory.bots[bot.id] = bot

    def start_conversation(self, owner: Principal = ADA) -> Conversation:
        """Start a conversation and run the greeting."""
        conversation = self.add_conversation(a_conversation(owner))
        self.turn_service.handle(GreetJob(conversation_id=conversation.id))
        return conversation

    def send(self, conversation: Conversation, content: str, owner: Principal = ADA, *, attachments: int = 0) -> None:
        """Send a message of the user, and run the bot."""
        self.messages.send(owner, conversation.id, a_draft(content, attachments=attachments))
        self.run_bots()

    def get_bot_messages(self, conversation: Conversation) -> list[str]:
        """Return the bot's messages, oldest first."""
        return [message.content for message in self.list_messages(conversation.id) if message.sender == "bot"]

    def chat(self, *contents: str, owner: Principal = ADA) -> list[str]:
        """Start a conversation, send messages of the user, and return the bot's messages."""
        conversation = self.start_conversation(owner)
        for content in contents:
            self.send(conversation, content, owner)
        return self.get_bot_messages(conversation)
