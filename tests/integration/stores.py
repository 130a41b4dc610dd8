"""All stores of one deployment, in memory and on moto."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.adapters.dynamodb.bot_memory import DynamoDBMemoryStore
from conversations.adapters.dynamodb.bots import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.claims import DynamoDBClaimStore
from conversations.adapters.dynamodb.connections import DynamoDBConnectionStore
from conversations.adapters.dynamodb.conversations import DynamoDBConversationStore
from conversations.adapters.dynamodb.erasure import DynamoDBEraser
from conversations.adapters.dynamodb.messages import DynamoDBMessageStore
from conversations.adapters.dynamodb.rate_limits import DynamoDBRateLimiter
from conversations.adapters.dynamodb.schema.tables import Tables
from conversations.adapters.dynamodb.tickets import DynamoDBTicketStore
from conversations.adapters.dynamodb.turns import DynamoDBTurnStore
from conversations.adapters.sqs import SqsTurnQueue
from conversations.domain import jobs
from conversations.domain.bot import Bot
from conversations.domain.jobs import TurnJob
from conversations.ports.bots import BotCatalogue, MemoryStore
from conversations.ports.conversations import ClaimStore, ConversationStore, VisitorTokenStore
from conversations.ports.erasure import Eraser
from conversations.ports.identity import TicketStore
from conversations.ports.limits import RateLimiter
from conversations.ports.messages import MessageStore
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import TurnStore
from conversations.ports.websocket import ConnectionStore
from tests import aws
from tests.aws import Aws
from tests.fakes.memory import (
    Memory,
    MemoryBots,
    MemoryConnections,
    MemoryConversations,
    MemoryEraser,
    MemoryHandover,
    MemoryLimiter,
    MemoryMemory,
    MemoryMessages,
    MemoryQueue,
    MemoryTickets,
    MemoryTurns,
    MemoryVisitors,
)


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores of one deployment.

    Attributes
    ----------
    another_process
        Returns the messages as a second Lambda instance sees them: the same tables, nothing remembered.
    publish
        Stores a bot.
    take
        Takes all work off the queue, in the order it is handed out.
    forget
        Deletes a conversation's row, as TTL does.
    """

    conversations: ConversationStore
    visitors: VisitorTokenStore
    messages: MessageStore
    turns: TurnStore
    connections: ConnectionStore
    bots: BotCatalogue
    memory: MemoryStore
    queue: TurnQueue
    limiter: RateLimiter
    tickets: TicketStore
    eraser: Eraser
    claims: ClaimStore
    another_process: Callable[[], MessageStore]
    publish: Callable[[Bot], None]
    take: Callable[[], list[TurnJob]]
    forget: Callable[[str], None]


def memory_stores() -> Stores:
    """Return the fakes."""
    memory = Memory()

    def take() -> list[TurnJob]:
        taken = list(memory.work)
        memory.work.clear()
        return taken

    def forget(session_id: str) -> None:
        del memory.conversations[session_id]

    return Stores(
        conversations=MemoryConversations(memory),
        visitors=MemoryVisitors(memory),
        messages=MemoryMessages(memory),
        turns=MemoryTurns(memory),
        connections=MemoryConnections(memory),
        bots=MemoryBots(memory),
        memory=MemoryMemory(memory),
        queue=MemoryQueue(memory),
        limiter=MemoryLimiter(memory),
        tickets=MemoryTickets(memory),
        eraser=MemoryEraser(memory),
        claims=MemoryHandover(memory),
        another_process=lambda: MemoryMessages(memory),
        publish=MemoryBots(memory).publish,
        take=take,
        forget=forget,
    )


def tables_of(where: Aws) -> Tables:
    """Return the names of the tables conversations lie in."""
    names = ("SessionsTable", "MessageHistoryTable", "VisitorMessagesTable", "BotDataTable")
    return Tables(*(where.names[name] for name in names))


def dynamodb_stores(where: Aws) -> Stores:
    """Return the adapters."""
    client = aws.one_request_at_a_time(where.dynamodb)
    tables = tables_of(where)
    queue_url, limits = where.names["RepliesQueue"], where.names["LimitsTable"]

    def take() -> list[TurnJob]:
        taken: list[TurnJob] = []
        # One by one: in a larger batch moto mixes up the order of a group.
        while batch := where.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=1).get("Messages", []):
            for each in batch:
                taken.append(jobs.from_json(each["Body"]))
                where.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=each["ReceiptHandle"])
        return taken

    def forget(session_id: str) -> None:
        client.delete_item(TableName=tables.sessions, Key={"id": {"S": session_id}})

    return Stores(
        conversations=DynamoDBConversationStore(client, tables),
        visitors=DynamoDBConversationStore(client, tables),
        messages=DynamoDBMessageStore(client, tables),
        turns=DynamoDBTurnStore(client, tables),
        connections=DynamoDBConnectionStore(client, where.names["ConnectionsTable"]),
        bots=DynamoDBBotCatalogue(client, where.names["BotsTable"]),
        memory=DynamoDBMemoryStore(client, where.names["BotDataTable"]),
        queue=SqsTurnQueue(where.sqs, queue_url),
        limiter=DynamoDBRateLimiter(client, limits),
        tickets=DynamoDBTicketStore(client, where.names["TicketsTable"]),
        eraser=DynamoDBEraser(client, tables, limits),
        claims=DynamoDBClaimStore(client, tables),
        another_process=lambda: DynamoDBMessageStore(client, tables),
        publish=DynamoDBBotCatalogue(client, where.names["BotsTable"]).publish,
        take=take,
        forget=forget,
    )
