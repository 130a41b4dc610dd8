"""The composition root: joins ports to adapters, once per process.

Every import of an adapter stands inside the factory that needs it, so a function loads only what it uses: import time
is billed at every cold start.
"""

import time
from functools import cache
from typing import TYPE_CHECKING

from conversations.config import identity_settings, settings
from conversations.domain import limits, moments

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from conversations.adapters.dynamodb.bots import DynamoDBBots
    from conversations.adapters.dynamodb.connections import DynamoDBConnections
    from conversations.adapters.dynamodb.conversations import DynamoDBConversations
    from conversations.adapters.dynamodb.limits import DynamoDBLimiter
    from conversations.adapters.dynamodb.messages import DynamoDBMessages
    from conversations.adapters.dynamodb.tables import Tables
    from conversations.adapters.dynamodb.tickets import DynamoDBTickets
    from conversations.adapters.dynamodb.turns import DynamoDBTurns
    from conversations.adapters.engines.scripts.engine import BasicEngine
    from conversations.adapters.sqs import SqsErasureQueue, SqsExpiryQueue, SqsWorkQueue
    from conversations.adapters.websocket import ApiGatewaySockets
    from conversations.services.attempts import AttemptService
    from conversations.services.claims import ClaimService
    from conversations.services.conversations import ConversationService
    from conversations.services.delivery import Delivery
    from conversations.services.erasure import ErasureService
    from conversations.services.expiry import ExpiryService
    from conversations.services.export import ExportService
    from conversations.services.identity import IdentityService
    from conversations.services.messages import HistoryService, MessageService
    from conversations.services.relay import RelayService
    from conversations.services.resume import ResumeService
    from conversations.services.sockets import SocketService
    from conversations.services.telling import TellingService
    from conversations.services.tickets import TicketService
    from conversations.services.webhooks import WebhookService


@cache
def _tables() -> "Tables":
    from conversations.adapters.dynamodb.tables import Tables

    told = settings()
    return Tables(told.sessions_table, told.message_history_table, told.visitor_messages_table, told.bot_data_table)


@cache
def _dynamodb() -> "DynamoDBClient":
    import boto3

    from conversations.adapters.aws import CLIENT_CONFIG

    return boto3.client("dynamodb", config=CLIENT_CONFIG)


@cache
def conversation_store() -> "DynamoDBConversations":
    """Return the store of conversations and visitors' secrets."""
    from conversations.adapters.dynamodb.conversations import DynamoDBConversations

    return DynamoDBConversations(_dynamodb(), _tables())


@cache
def message_store() -> "DynamoDBMessages":
    """Return the store of messages."""
    from conversations.adapters.dynamodb.messages import DynamoDBMessages

    return DynamoDBMessages(_dynamodb(), _tables())


@cache
def connection_store() -> "DynamoDBConnections":
    """Return the store of open sockets."""
    from conversations.adapters.dynamodb.connections import DynamoDBConnections

    return DynamoDBConnections(_dynamodb(), settings().connections_table)


@cache
def limiter() -> "DynamoDBLimiter":
    """Return what counts requests."""
    from conversations.adapters.dynamodb.limits import DynamoDBLimiter

    return DynamoDBLimiter(_dynamodb(), settings().limits_table)


@cache
def ticket_store() -> "DynamoDBTickets":
    """Return the store of tickets."""
    from conversations.adapters.dynamodb.tickets import DynamoDBTickets

    return DynamoDBTickets(_dynamodb(), settings().tickets_table)


@cache
def bot_catalogue() -> "DynamoDBBots":
    """Return the published bots."""
    from conversations.adapters.dynamodb.bots import DynamoDBBots

    return DynamoDBBots(_dynamodb(), settings().bots_table)


@cache
def _sqs() -> "SQSClient":
    import boto3

    from conversations.adapters.aws import CLIENT_CONFIG

    return boto3.client("sqs", config=CLIENT_CONFIG)


@cache
def _s3() -> "S3Client":
    import boto3

    from conversations.adapters.aws import CLIENT_CONFIG

    return boto3.client("s3", config=CLIENT_CONFIG)


@cache
def work_queue() -> "SqsWorkQueue":
    """Return the way to the bots."""
    from conversations.adapters.sqs import SqsWorkQueue

    return SqsWorkQueue(_sqs(), settings().replies_queue_url)


@cache
def _expiry_queue() -> "SqsExpiryQueue":
    from conversations.adapters.sqs import SqsExpiryQueue

    return SqsExpiryQueue(_sqs(), settings().expiries_queue_url)


@cache
def _erasure_queue() -> "SqsErasureQueue":
    from conversations.adapters.sqs import SqsErasureQueue

    return SqsErasureQueue(_sqs(), settings().erasures_queue_url)


@cache
def gateway() -> "ApiGatewaySockets":
    """Return the way to open sockets."""
    import boto3

    from conversations.adapters.websocket import CLIENT_CONFIG, ApiGatewaySockets

    endpoint = settings().websocket_endpoint
    return ApiGatewaySockets(boto3.client("apigatewaymanagementapi", endpoint_url=endpoint, config=CLIENT_CONFIG))


@cache
def _delivery() -> "Delivery":
    from conversations.services.delivery import Delivery

    return Delivery(connections=connection_store(), gateway=gateway(), now=moments.now, pause=time.sleep)


@cache
def _turn_store() -> "DynamoDBTurns":
    from conversations.adapters.dynamodb.turns import DynamoDBTurns

    return DynamoDBTurns(_dynamodb(), _tables())


@cache
def conversation_service() -> "ConversationService":
    """Return the use cases of conversations."""
    from conversations.services.conversations import ConversationService

    return ConversationService(
        store=conversation_store(),
        bots=bot_catalogue(),
        queue=work_queue(),
        default_bot_id=settings().default_bot_id,
        now=moments.now,
    )


@cache
def message_service() -> "MessageService":
    """Return the use case of sending."""
    from conversations.services.messages import MessageService

    return MessageService(messages=message_store(), bots=bot_catalogue(), queue=work_queue(), now=moments.now)


@cache
def history_service() -> "HistoryService":
    """Return the use case of reading."""
    from conversations.services.messages import HistoryService

    return HistoryService(conversations=conversation_store(), messages=message_store(), now=moments.now)


@cache
def socket_service() -> "SocketService":
    """Return the use cases of opening and closing sockets."""
    from conversations.services.sockets import SocketService

    return SocketService(
        conversations=conversation_store(),
        connections=connection_store(),
        bots=bot_catalogue(),
        queue=work_queue(),
        expiries=_expiry_queue(),
        limiter=limiter(),
        connect_policy=limits.connect(settings().anonymous_connect_limit),
        default_bot_id=settings().default_bot_id,
        now=moments.now,
    )


@cache
def ticket_service() -> "TicketService":
    """Return the use case of tickets."""
    from conversations.services.tickets import TicketService

    return TicketService(store=ticket_store(), now=moments.now)


@cache
def export_service() -> "ExportService":
    """Return the use case of exporting."""
    from conversations.adapters.dynamodb.bot_memory import DynamoDBMemory
    from conversations.services.export import ExportService

    memories = DynamoDBMemory(_dynamodb(), settings().bot_data_table)
    return ExportService(conversations=conversation_store(), messages=message_store(), memories=memories)


@cache
def erasure_service() -> "ErasureService":
    """Return the use cases of deleting."""
    from conversations.adapters.dynamodb.erasure import DynamoDBEraser
    from conversations.services.erasure import ErasureService

    told = settings()
    return ErasureService(
        conversations=conversation_store(),
        connections=connection_store(),
        gateway=gateway(),
        eraser=DynamoDBEraser(_dynamodb(), _tables(), told.limits_table),
        queue=_erasure_queue(),
        now=moments.now,
    )


@cache
def identity_service() -> "IdentityService":
    """Return the authorizer's use case."""
    from conversations.adapters.oidc import IssuerKeys, OidcTokens
    from conversations.services.identity import IdentityService

    told = identity_settings()
    return IdentityService(
        tokens=OidcTokens(told.issuer, told.audience, told.groups_claim, IssuerKeys(told.issuer, told.jwks_url)),
        # Most callers bring a token: the store, and boto3 with it, is loaded for the first one who does not.
        visitors=conversation_store,
        tickets=ticket_store,
        now=moments.now,
    )


@cache
def resume_service() -> "ResumeService":
    """Return the use case of coming back after a cut."""
    from conversations.services.resume import ResumeService

    return ResumeService(
        conversations=conversation_store(), messages=message_store(), delivery=_delivery(), now=moments.now
    )


@cache
def claim_service() -> "ClaimService":
    """Return the use case of handing over."""
    from conversations.adapters.dynamodb.handover import DynamoDBHandover
    from conversations.services.claims import ClaimService

    return ClaimService(handover=DynamoDBHandover(_dynamodb(), _tables()), delivery=_delivery(), now=moments.now)


@cache
def expiry_service() -> "ExpiryService":
    """Return the use case of noticing the end of a visitor's conversation."""
    from conversations.services.expiry import ExpiryService

    return ExpiryService(
        conversations=conversation_store(), queue=_expiry_queue(), delivery=_delivery(), now=moments.now
    )


@cache
def relay_service() -> "RelayService":
    """Return the use case of queueing what was stored only."""
    from conversations.services.relay import RelayService

    return RelayService(turns=_turn_store(), queue=work_queue())


@cache
def telling_service() -> "TellingService":
    """Return the use case of telling what was said."""
    from conversations.adapters.sqs import SqsTellingQueue
    from conversations.services.telling import TellingService

    return TellingService(
        turns=_turn_store(),
        messages=message_store(),
        delivery=_delivery(),
        queue=SqsTellingQueue(_sqs(), settings().tellings_queue_url),
        now=moments.now,
    )


@cache
def _script_engine() -> "BasicEngine":
    """Return the engine of the bots with scripts; the dialog language is loaded for the first of them."""
    from basic.http.client import HttpClient
    from conversations.adapters.dynamodb.bot_data import DynamoDBTableStore
    from conversations.adapters.dynamodb.bot_memory import DynamoDBMemory
    from conversations.adapters.dynamodb.journals import journal_of
    from conversations.adapters.engines.scripts.engine import BasicEngine
    from conversations.adapters.engines.scripts.programs import S3Programs

    told = settings()
    return BasicEngine(
        programs=S3Programs(_s3(), told.bots_bucket),
        tables=lambda bot_id: DynamoDBTableStore(_dynamodb(), told.bot_data_table, bot_id),
        memories=DynamoDBMemory(_dynamodb(), told.bot_data_table),
        journal=lambda turn: journal_of(_dynamodb(), _tables(), turn),
        client=HttpClient(),
    )


@cache
def attempt_service() -> "AttemptService":
    """Return the use case of the bots."""
    from conversations.adapters.engines import rules, scripts
    from conversations.adapters.sqs import SqsReceipts
    from conversations.services.attempts import AttemptService
    from conversations.services.replies import ReplyService

    told = settings()
    replies = ReplyService(
        turns=_turn_store(),
        messages=message_store(),
        visitors=conversation_store(),
        bots=bot_catalogue(),
        engines={rules.ENGINE: rules.RuleEngine, scripts.ENGINE: _script_engine},
        delivery=_delivery(),
        telling=telling_service(),
        queue=work_queue(),
        now=moments.now,
    )
    return AttemptService(
        replies=replies,
        turns=_turn_store(),
        delivery=_delivery(),
        receipts=SqsReceipts(_sqs(), told.replies_queue_url, told.dead_letters_queue_url),
    )


@cache
def webhook_service() -> "WebhookService":
    """Return the use case of webhooks."""
    from basic.http.client import HttpClient
    from conversations.adapters.dynamodb.bot_data import DynamoDBTableStore
    from conversations.adapters.dynamodb.bot_memory import DynamoDBMemory
    from conversations.adapters.dynamodb.webhooks import DynamoDBWebhookJournal, DynamoDBWebhooks
    from conversations.adapters.engines.scripts.programs import S3Programs
    from conversations.adapters.engines.scripts.webhooks import ScriptWebhooks
    from conversations.services.webhooks import WebhookService

    client, table = _dynamodb(), settings().bot_data_table
    scripts = ScriptWebhooks(
        programs=S3Programs(_s3(), settings().bots_bucket),
        tables=lambda bot_id: DynamoDBTableStore(client, table, bot_id),
        memories=DynamoDBMemory(client, table),
        journal=lambda call: DynamoDBWebhookJournal(client, table, call),
        client=HttpClient(),
    )
    return WebhookService(secrets=bot_catalogue(), scripts=scripts, store=DynamoDBWebhooks(client, table))
