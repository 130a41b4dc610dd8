"""All stores of one deployment: the fakes in memory, and the adapters on moto."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.claim_store import DynamoDBClaimStore
from conversations.adapters.dynamodb.connection_store import DynamoDBConnectionStore
from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore
from conversations.adapters.dynamodb.eraser import DynamoDBEraser
from conversations.adapters.dynamodb.inline_turn_store import DynamoDBInlineTurnStore
from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.adapters.dynamodb.rate_limiter import DynamoDBRateLimiter
from conversations.adapters.dynamodb.rating_store import DynamoDBRatingStore
from conversations.adapters.dynamodb.run_store import DynamoDBRunStore
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.thread_store import DynamoDBThreadStore
from conversations.adapters.dynamodb.ticket_store import DynamoDBTicketStore
from conversations.adapters.dynamodb.transcript_store import DynamoDBTranscriptStore
from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
from conversations.adapters.dynamodb.visitor_token_store import DynamoDBVisitorTokenStore
from conversations.adapters.sqs import SqsTurnQueue
from conversations.domain import jobs, timestamps
from conversations.domain.bot import Bot, DialogState
from conversations.domain.dialog import Dialog, TurnSideData
from conversations.domain.jobs import TurnJob
from conversations.domain.message import Message, Utterance
from conversations.domain.turn import mint_messages
from conversations.ports.agent_runs import RunStore
from conversations.ports.bots import BotCatalogue, MemoryStore
from conversations.ports.conversations import ClaimStore, ConversationStore, VisitorTokenStore
from conversations.ports.erasure import Eraser
from conversations.ports.identity import TicketStore
from conversations.ports.limits import RateLimiter
from conversations.ports.messages import MessageStore, RatingStore
from conversations.ports.queues import TurnQueue
from conversations.ports.threads import ThreadStore
from conversations.ports.transcripts import TranscriptStore
from conversations.ports.turns import InlineTurnStore, TurnStore
from conversations.ports.websocket import ConnectionStore
from tests import aws
from tests.aws import Aws
from tests.fakes.memory import (
    Database,
    InMemoryBotCatalogue,
    InMemoryClaimStore,
    InMemoryConnectionStore,
    InMemoryConversationStore,
    InMemoryEraser,
    InMemoryInlineTurnStore,
    InMemoryMemoryStore,
    InMemoryMessageStore,
    InMemoryRateLimiter,
    InMemoryRatingStore,
    InMemoryRunStore,
    InMemoryThreadStore,
    InMemoryTicketStore,
    InMemoryTranscriptStore,
    InMemoryTurnQueue,
    InMemoryTurnStore,
    InMemoryVisitorTokenStore,
)


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores of one deployment.

    Attributes
    ----------
    another_process
        Returns the message store of another process: the same tables, an empty cache.
    publish
        Stores a bot.
    receive_jobs
        Receives and deletes all jobs of one lane of the queue, in order.
    delete_row
        Deletes a conversation's row, as TTL does.
    """

    conversations: ConversationStore
    visitors: VisitorTokenStore
    messages: MessageStore
    turns: TurnStore
    inline_turns: InlineTurnStore
    connections: ConnectionStore
    bots: BotCatalogue
    memory: MemoryStore
    queue: TurnQueue
    limiter: RateLimiter
    tickets: TicketStore
    eraser: Eraser
    claims: ClaimStore
    ratings: RatingStore
    transcripts: TranscriptStore
    threads: ThreadStore
    runs: RunStore
    another_process: Callable[[], MessageStore]
    publish: Callable[[Bot], None]
    receive_jobs: Callable[[bool], list[TurnJob]]
    delete_row: Callable[[str], None]


def memory_stores() -> Stores:
    """Return the fakes."""
    memory = Database()

    def receive_jobs(waits: bool) -> list[TurnJob]:
        lane = memory.waiting_jobs if waits else memory.jobs
        received = list(lane)
        lane.clear()
        return received

    def delete_row(conversation_id: str) -> None:
        del memory.conversations[conversation_id]

    return Stores(
        conversations=InMemoryConversationStore(memory),
        visitors=InMemoryVisitorTokenStore(memory),
        messages=InMemoryMessageStore(memory),
        turns=InMemoryTurnStore(memory),
        inline_turns=InMemoryInlineTurnStore(memory),
        connections=InMemoryConnectionStore(memory),
        bots=InMemoryBotCatalogue(memory),
        memory=InMemoryMemoryStore(memory),
        queue=InMemoryTurnQueue(memory),
        limiter=InMemoryRateLimiter(memory),
        tickets=InMemoryTicketStore(memory),
        eraser=InMemoryEraser(memory),
        claims=InMemoryClaimStore(memory),
        ratings=InMemoryRatingStore(memory),
        transcripts=InMemoryTranscriptStore(memory),
        threads=InMemoryThreadStore(memory),
        runs=InMemoryRunStore(memory),
        another_process=lambda: InMemoryMessageStore(memory),
        publish=InMemoryBotCatalogue(memory).publish,
        receive_jobs=receive_jobs,
        delete_row=delete_row,
    )


def get_tables(where: Aws) -> Tables:
    """Return the names of the tables of conversations."""
    names = ("SessionsTable", "MessageHistoryTable", "VisitorMessagesTable", "BotDataTable")
    return Tables(*(where.names[name] for name in names))


def dynamodb_stores(where: Aws) -> Stores:
    """Return the adapters."""
    client = aws.serialize_requests(where.dynamodb)
    tables = get_tables(where)
    queue_url, waiting_url = where.names["RepliesQueue"], where.names["WaitingTurnsQueue"]
    limits = where.names["LimitsTable"]
    messages = DynamoDBMessageStore(client, tables)

    def receive_jobs(waits: bool) -> list[TurnJob]:
        received: list[TurnJob] = []
        url = waiting_url if waits else queue_url
        # One at a time: moto does not keep the order of a message group in larger batches.
        while batch := where.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
            for each in batch:
                received.append(jobs.from_json(each["Body"]))
                where.sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        return received

    def delete_row(conversation_id: str) -> None:
        client.delete_item(TableName=tables.sessions, Key={"id": {"S": conversation_id}})

    return Stores(
        conversations=DynamoDBConversationStore(client, tables),
        visitors=DynamoDBVisitorTokenStore(client, tables.sessions),
        messages=messages,
        turns=DynamoDBTurnStore(client, tables),
        inline_turns=DynamoDBInlineTurnStore(client, tables, messages.heads),
        connections=DynamoDBConnectionStore(client, where.names["ConnectionsTable"]),
        bots=DynamoDBBotCatalogue(client, where.names["BotsTable"]),
        memory=DynamoDBMemoryStore(client, where.names["BotDataTable"]),
        queue=SqsTurnQueue(where.sqs, queue_url, waiting_url),
        limiter=DynamoDBRateLimiter(client, limits),
        tickets=DynamoDBTicketStore(client, where.names["TicketsTable"]),
        eraser=DynamoDBEraser(client, tables, timestamps.now),
        claims=DynamoDBClaimStore(client, tables),
        ratings=DynamoDBRatingStore(client, tables),
        transcripts=DynamoDBTranscriptStore(client, tables.message_history),
        threads=DynamoDBThreadStore(client, tables.message_history),
        runs=DynamoDBRunStore(client, where.names["ConnectionsTable"]),
        another_process=lambda: DynamoDBMessageStore(client, tables),
        publish=DynamoDBBotCatalogue(client, where.names["BotsTable"]).publish,
        receive_jobs=receive_jobs,
        delete_row=delete_row,
    )


def commit_turn(  # noqa: PLR0913, PLR0917 - the parameters of ``TurnStore.commit``
    turns: TurnStore,
    dialog: Dialog,
    utterances: Sequence[Utterance],
    state: DialogState,
    now: datetime,
    side_data: TurnSideData | None = None,
) -> tuple[Message, ...]:
    """Mint the messages of a turn and commit it, as ``TurnService`` does; return the messages as stored."""
    messages = mint_messages(dialog.conversation, dialog.replies_to, utterances, now)
    return turns.commit(dialog, messages, state, now, side_data).messages
