"""All stores of one deployment, in memory and on moto."""

from collections.abc import Callable
from dataclasses import dataclass

from conversations.adapters.dynamodb.bot_memory import DynamoDBMemory
from conversations.adapters.dynamodb.bots import DynamoDBBots
from conversations.adapters.dynamodb.connections import DynamoDBConnections
from conversations.adapters.dynamodb.conversations import DynamoDBConversations
from conversations.adapters.dynamodb.erasure import DynamoDBEraser
from conversations.adapters.dynamodb.handover import DynamoDBHandover
from conversations.adapters.dynamodb.limits import DynamoDBLimiter
from conversations.adapters.dynamodb.messages import DynamoDBMessages
from conversations.adapters.dynamodb.tables import Tables
from conversations.adapters.dynamodb.tickets import DynamoDBTickets
from conversations.adapters.dynamodb.turns import DynamoDBTurns
from conversations.adapters.sqs import SqsWorkQueue
from conversations.domain import work as works
from conversations.domain.bot import Bot
from conversations.domain.ports import (
    BotCatalogue,
    ConnectionStore,
    ConversationStore,
    Eraser,
    Handover,
    Limiter,
    MemoryStore,
    MessageStore,
    TicketStore,
    TurnStore,
    VisitorStore,
    WorkQueue,
)
from conversations.domain.work import Work
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
    visitors: VisitorStore
    messages: MessageStore
    turns: TurnStore
    connections: ConnectionStore
    bots: BotCatalogue
    memory: MemoryStore
    queue: WorkQueue
    limiter: Limiter
    tickets: TicketStore
    eraser: Eraser
    handover: Handover
    another_process: Callable[[], MessageStore]
    publish: Callable[[Bot], None]
    take: Callable[[], list[Work]]
    forget: Callable[[str], None]


def memory_stores() -> Stores:
    """Return the fakes."""
    memory = Memory()

    def take() -> list[Work]:
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
        handover=MemoryHandover(memory),
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

    def take() -> list[Work]:
        taken: list[Work] = []
        # One by one: in a larger batch moto mixes up the order of a group.
        while batch := where.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=1).get("Messages", []):
            for each in batch:
                taken.append(works.from_json(each["Body"]))
                where.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=each["ReceiptHandle"])
        return taken

    def forget(session_id: str) -> None:
        client.delete_item(TableName=tables.sessions, Key={"id": {"S": session_id}})

    return Stores(
        conversations=DynamoDBConversations(client, tables),
        visitors=DynamoDBConversations(client, tables),
        messages=DynamoDBMessages(client, tables),
        turns=DynamoDBTurns(client, tables),
        connections=DynamoDBConnections(client, where.names["ConnectionsTable"]),
        bots=DynamoDBBots(client, where.names["BotsTable"]),
        memory=DynamoDBMemory(client, where.names["BotDataTable"]),
        queue=SqsWorkQueue(where.sqs, queue_url),
        limiter=DynamoDBLimiter(client, limits),
        tickets=DynamoDBTickets(client, where.names["TicketsTable"]),
        eraser=DynamoDBEraser(client, tables, limits),
        handover=DynamoDBHandover(client, tables),
        another_process=lambda: DynamoDBMessages(client, tables),
        publish=DynamoDBBots(client, where.names["BotsTable"]).publish,
        take=take,
        forget=forget,
    )
