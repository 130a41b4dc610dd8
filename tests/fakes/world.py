"""A deployment without AWS: the services, on fakes that share one database."""

from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from basic.data.in_memory import InMemoryTableStore
from conversations.domain import ids, limits
from conversations.domain.bot import Bot
from conversations.domain.conversation import Conversation
from conversations.domain.drive import DriveWriter
from conversations.domain.jobs import TurnJob
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from conversations.domain.talk import MAX_TALKS_PER_DAY
from conversations.services.agent_replays import AgentReplayService
from conversations.services.agent_runs import AgentRunService
from conversations.services.agent_sockets import AgentRunLookup, AgentSocketService
from conversations.services.answer_stream import StreamService
from conversations.services.answers import AnswerService
from conversations.services.claims import ClaimService
from conversations.services.conversations import ConversationService
from conversations.services.erasure import ErasureService
from conversations.services.expiry import ExpiryService
from conversations.services.export import ExportService
from conversations.services.fan_out import FanOut
from conversations.services.identity import IdentityService
from conversations.services.inline_turns import InlineTurnService
from conversations.services.messages import HistoryService, MessageService
from conversations.services.outbox_relay import OutboxRelay
from conversations.services.ratings import RatingService
from conversations.services.resume import ResumeService
from conversations.services.retries import RetryService
from conversations.services.sending_messages import MessageSender
from conversations.services.sent_files import SentFileService
from conversations.services.sockets import SocketService
from conversations.services.statuses import StatusService
from conversations.services.stop import StopService
from conversations.services.tickets import TicketService
from conversations.services.transcripts import TranscriptService
from conversations.services.turn_delivery import TurnDelivery
from conversations.services.turns import TurnService
from conversations.services.uploads import UploadService
from conversations.services.welcomes import WelcomeService
from tests.builders import a_bot, a_socket
from tests.fakes.clock import HandClock
from tests.fakes.engines import ScriptedEngine
from tests.fakes.gateway import RecordingGateway
from tests.fakes.memory import (
    Database,
    InMemoryBotCatalogue,
    InMemoryClaimStore,
    InMemoryConnectionStore,
    InMemoryConversationStore,
    InMemoryDelayedDeliveryQueue,
    InMemoryEraser,
    InMemoryErasureQueue,
    InMemoryExpiryQueue,
    InMemoryInlineTurnStore,
    InMemoryMemoryStore,
    InMemoryMessageStore,
    InMemoryOutboxQueue,
    InMemoryRateLimiter,
    InMemoryRatingStore,
    InMemoryRetryControl,
    InMemoryRunStore,
    InMemoryThreadStore,
    InMemoryTicketStore,
    InMemoryTranscriptStore,
    InMemoryTryCounter,
    InMemoryTurnQueue,
    InMemoryTurnStore,
    InMemoryVisitorTokenStore,
)
from tests.fakes.owned_rows import InMemoryOwnedRowStore
from tests.fakes.talk import InMemoryTalkStore
from tests.fakes.tokens import KnownTokens
from tests.fakes.uploads import InMemoryUploadStore
from tools.bots.memory_drive import InMemoryDriveStore
from tools.bots.memory_sent_files import InMemorySentFileStore

if TYPE_CHECKING:
    from conversations.ports.bots import BotEngine

DEFAULT_BOT = "default"
ADDRESS = "192.0.2.7"
"""The IP address of connections."""


class World:
    """A deployment without AWS: one database, one clock, and the services.

    Attributes
    ----------
    stale_newest_id
        The conversation that the eventually consistent list of active conversations still begins with.
    visitor_bots
        The bots that visitors may choose beside the default one.
    bots_run
        Whether bots answer while a request waits.
    pauses
        How long requests have waited, pause by pause.
    forgotten_turns
        The turns that were forgotten: the ids of the conversation and the message.
    """

    def __init__(self, *bots: Bot) -> None:
        self.memory = Database()
        self.clock = HandClock()
        self.gateway = RecordingGateway()
        self.engine = ScriptedEngine()
        self.other_engines: dict[str, BotEngine] = {}
        self.queue = InMemoryTurnQueue(self.memory)
        self.delayed_deliveries = InMemoryDelayedDeliveryQueue(self.memory)
        self.connections = InMemoryConnectionStore(self.memory)
        self.runs = InMemoryRunStore(self.memory)
        self.tokens = KnownTokens()
        self.turns = InMemoryTurnStore(self.memory)
        self.stale_newest_id: str | None = None
        self.bots_run = True
        self.visitor_bots: frozenset[str] = frozenset()
        self.pauses: list[float] = []
        self.forgotten_turns: list[tuple[str, str | None]] = []
        self.retry_control = InMemoryRetryControl(self.memory)
        self.try_counter = InMemoryTryCounter()
        self.drive = InMemoryDriveStore(self._may_write)
        self.sent_files = InMemorySentFileStore(self.drive)
        self.uploads = InMemoryUploadStore(self.sent_files, InMemoryConversationStore(self.memory).get)
        self.tables = InMemoryTableStore()
        self.owned_rows = InMemoryOwnedRowStore(lambda _bot_id: self.tables, self._has_conversation)
        self.outbox_checks = InMemoryOutboxQueue()
        self.talks = InMemoryTalkStore(self.memory, MAX_TALKS_PER_DAY)
        for bot in bots or (a_bot(DEFAULT_BOT),):
            self.memory.bots[bot.id] = bot

    def _has_conversation(self, owner: str, conversation_id: str) -> bool:
        conversation = self.memory.conversations.get(conversation_id)
        return conversation is not None and conversation.owner == owner and not conversation.deleted

    def _may_write(self, writer: DriveWriter) -> bool:
        """Return whether the conversation of a script that writes a file still belongs to its owner."""
        conversation = self.memory.conversations.get(writer.conversation_id or "")
        return (
            conversation is not None and conversation.owner == writer.owner and not conversation.is_gone(self.clock())
        )

    @property
    def conversations(self) -> ConversationService:
        return ConversationService(
            store=InMemoryConversationStore(self.memory),
            bots=InMemoryBotCatalogue(self.memory),
            queue=self.queue,
            default_bot_id=DEFAULT_BOT,
            now=self.clock,
        )

    @property
    def messages(self) -> MessageService:
        return MessageService(
            messages=InMemoryMessageStore(self.memory),
            bots=InMemoryBotCatalogue(self.memory),
            queue=self.queue,
            uploads=self.upload_service,
            now=self.clock,
        )

    @property
    def inline_turns(self) -> InlineTurnService:
        engines: dict[str, BotEngine] = {"scripted": self.engine, **self.other_engines}
        return InlineTurnService(
            messages=InMemoryMessageStore(self.memory),
            turns=self.turns,
            inline_turns=InMemoryInlineTurnStore(self.memory),
            bots=InMemoryBotCatalogue(self.memory),
            engines={name: partial(engines.__getitem__, name) for name in engines},
            fan_out=self.fan_out,
            queue=self.queue,
            now=self.clock,
        )

    @property
    def sender(self) -> MessageSender:
        return MessageSender(messages=self.messages, inline_turns=self.inline_turns)

    @property
    def upload_service(self) -> UploadService:
        return UploadService(
            conversations=InMemoryConversationStore(self.memory),
            store=self.uploads,
            base_url="https://chat.example/api",
            now=self.clock,
        )

    @property
    def answers(self) -> AnswerService:
        """Waits: each pause lets time pass, and then the bots run if ``bots_run`` is true."""
        return AnswerService(
            conversations=InMemoryConversationStore(self.memory),
            messages=InMemoryMessageStore(self.memory),
            now=self.clock,
            pause=self._pause,
        )

    def _pause(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        self.pauses.append(seconds)
        if self.bots_run:
            self.run_bots()

    @property
    def transcripts(self) -> TranscriptService:
        return TranscriptService(
            transcripts=InMemoryTranscriptStore(self.memory),
            conversations=InMemoryConversationStore(self.memory),
            starts=self.conversations,
            messages=self.messages,
            now=self.clock,
            new_key=lambda: str(uuid4()),
        )

    @property
    def agent_runs(self) -> AgentRunService:
        return AgentRunService(
            threads=InMemoryThreadStore(self.memory),
            conversations=InMemoryConversationStore(self.memory),
            stored_messages=InMemoryMessageStore(self.memory),
            turns=self.turns,
            starts=self.conversations,
            messages=self.messages,
            now=self.clock,
            new_id=ids.new_conversation_id,
        )

    @property
    def agent_replays(self) -> AgentReplayService:
        return AgentReplayService(
            turns=self.turns, messages=InMemoryMessageStore(self.memory), fan_out=self.fan_out, now=self.clock
        )

    @property
    def agent_sockets(self) -> AgentSocketService:
        return AgentSocketService(
            begins=self.agent_runs,
            runs=self.runs,
            connections=self.connections,
            replays=self.agent_replays,
            fan_out=self.fan_out,
            now=self.clock,
        )

    @property
    def run_lookup(self) -> AgentRunLookup:
        return AgentRunLookup(runs=self.runs, now=self.clock, pause=self._pause)

    @property
    def history(self) -> HistoryService:
        return HistoryService(
            conversations=InMemoryConversationStore(self.memory),
            messages=InMemoryMessageStore(self.memory),
            now=self.clock,
        )

    @property
    def sockets(self) -> SocketService:
        return SocketService(
            conversations=InMemoryConversationStore(self.memory, self.stale_newest_id),
            connections=self.connections,
            bots=InMemoryBotCatalogue(self.memory),
            queue=self.queue,
            expiries=InMemoryExpiryQueue(self.memory),
            fan_out=self.fan_out,
            limiter=InMemoryRateLimiter(self.memory),
            connect_policy=limits.connect_policy(10),
            default_bot_id=DEFAULT_BOT,
            visitor_bots=self.visitor_bots,
            now=self.clock,
        )

    @property
    def identity(self) -> IdentityService:
        return IdentityService(
            tokens=self.tokens,
            visitors=lambda: InMemoryVisitorTokenStore(self.memory),
            tickets=lambda: InMemoryTicketStore(self.memory),
            now=self.clock,
        )

    @property
    def tickets(self) -> TicketService:
        return TicketService(store=InMemoryTicketStore(self.memory), now=self.clock)

    @property
    def export(self) -> ExportService:
        return ExportService(
            conversations=InMemoryConversationStore(self.memory),
            messages=InMemoryMessageStore(self.memory),
            memories=InMemoryMemoryStore(self.memory),
            drive=self.drive,
            owned_rows=self.owned_rows,
        )

    @property
    def downloads(self) -> SentFileService:
        return SentFileService(
            conversations=InMemoryConversationStore(self.memory), files=self.sent_files, now=self.clock
        )

    @property
    def erasure(self) -> ErasureService:
        return ErasureService(
            conversations=InMemoryConversationStore(self.memory),
            connections=self.connections,
            gateway=self.gateway,
            fan_out=self.fan_out,
            eraser=InMemoryEraser(self.memory),
            drive=self.drive,
            sent_files=self.sent_files,
            owned_rows=self.owned_rows,
            queue=InMemoryErasureQueue(self.memory),
            now=self.clock,
        )

    @property
    def fan_out(self) -> FanOut:
        return FanOut(
            connections=self.connections,
            gateway=self.gateway,
            get_closer=lambda: self.gateway,
            now=self.clock,
            pause=lambda seconds: self.clock.forward(seconds=seconds),
        )

    @property
    def turn_service(self) -> TurnService:
        """The turns of the worker that runs every turn: that of the lane of turns that wait."""
        return self._build_turn_service(forwards=False)

    def _build_turn_service(self, *, forwards: bool) -> TurnService:
        engines: dict[str, BotEngine] = {"scripted": self.engine, **self.other_engines}
        return TurnService(
            turns=self.turns,
            messages=InMemoryMessageStore(self.memory),
            bots=InMemoryBotCatalogue(self.memory),
            engines={name: partial(engines.__getitem__, name) for name in engines},
            fan_out=self.fan_out,
            announcements=self.fan_out,
            streams=self.streams,
            delivery=self.delivery,
            welcomes=self.welcomes,
            queue=self.queue,
            forget_turn=lambda *turn: self.forgotten_turns.append(turn),
            now=self.clock,
            forwards=forwards,
        )

    @property
    def streams(self) -> StreamService:
        return StreamService(
            connections=self.connections,
            fan_out=self.fan_out,
            now=self.clock,
            monotonic=lambda: self.clock().timestamp(),
        )

    @property
    def welcomes(self) -> WelcomeService:
        return WelcomeService(
            turns=self.turns,
            visitors=InMemoryVisitorTokenStore(self.memory),
            connections=self.connections,
            replays=self.agent_replays,
            fan_out=self.fan_out,
            queue=self.queue,
            now=self.clock,
        )

    @property
    def statuses(self) -> StatusService:
        return StatusService(conversations=InMemoryConversationStore(self.memory), fan_out=self.fan_out, now=self.clock)

    @property
    def delivery(self) -> TurnDelivery:
        return TurnDelivery(
            turns=self.turns,
            messages=InMemoryMessageStore(self.memory),
            fan_out=self.fan_out,
            queue=self.delayed_deliveries,
            now=self.clock,
        )

    @property
    def retries(self) -> RetryService:
        return RetryService(
            turn_service=self.turn_service,
            turns=self.turns,
            fan_out=self.fan_out,
            retry_control=self.retry_control,
            try_counter=self.try_counter,
            now=self.clock,
        )

    @property
    def resume(self) -> ResumeService:
        return ResumeService(
            conversations=InMemoryConversationStore(self.memory),
            messages=InMemoryMessageStore(self.memory),
            fan_out=self.fan_out,
            now=self.clock,
        )

    @property
    def claims(self) -> ClaimService:
        return ClaimService(
            claims=InMemoryClaimStore(self.memory),
            drive=self.drive,
            connections=self.connections,
            fan_out=self.fan_out,
            now=self.clock,
        )

    @property
    def ratings(self) -> RatingService:
        return RatingService(
            conversations=InMemoryConversationStore(self.memory),
            messages=InMemoryMessageStore(self.memory),
            ratings=InMemoryRatingStore(self.memory),
            fan_out=self.fan_out,
            now=self.clock,
        )

    @property
    def stops(self) -> StopService:
        return StopService(
            conversations=InMemoryConversationStore(self.memory), connections=self.connections, now=self.clock
        )

    @property
    def expiry(self) -> ExpiryService:
        return ExpiryService(
            conversations=InMemoryConversationStore(self.memory),
            queue=InMemoryExpiryQueue(self.memory),
            fan_out=self.fan_out,
            drive=self.drive,
            sent_files=self.sent_files,
            now=self.clock,
        )

    @property
    def relay(self) -> OutboxRelay:
        return OutboxRelay(turns=self.turns, queue=self.queue, checks=self.outbox_checks)

    def add_conversation(self, conversation: Conversation) -> Conversation:
        """Store a conversation and return it."""
        InMemoryConversationStore(self.memory).create(conversation)
        return conversation

    def add_connections(self, owner: Principal, *connection_ids: str) -> None:
        """Open connections of an owner."""
        for connection_id in connection_ids:
            self.connections.add(a_socket(owner, connection_id))

    def list_messages(self, conversation_id: str) -> list[Message]:
        """Return the messages of a conversation, oldest first."""
        return [*self.memory.history.get(conversation_id, []), *self.memory.visitor_messages.get(conversation_id, [])]

    def list_jobs(self) -> list[TurnJob]:
        """Return the jobs in the queue of turns that do not wait."""
        return list(self.memory.jobs)

    def list_waiting_jobs(self) -> list[TurnJob]:
        """Return the jobs in the queue of turns that wait."""
        return list(self.memory.waiting_jobs)

    def check_outbox(self) -> None:
        """Run all scheduled checks of the outbox."""
        while self.outbox_checks.jobs:
            self.relay.check(self.outbox_checks.jobs.pop(0))

    def run_bots(self) -> None:
        """Run all jobs of both queues."""
        while self.memory.jobs or self.memory.waiting_jobs:
            self.run_next_bot()

    def run_next_bot(self) -> None:
        """Run the next job of the queue of turns that do not wait, or if there is none of the other one."""
        if self.memory.jobs:
            self._build_turn_service(forwards=True).handle(self.memory.jobs.pop(0))
        else:
            self.turn_service.handle(self.memory.waiting_jobs.pop(0))
