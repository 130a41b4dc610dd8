"""The composition root: joins ports to adapters, once per process.

Every import of an adapter stands inside the factory that needs it, so a function loads only what it uses: import time
is billed at every cold start.
"""

import time
from functools import cache
from typing import TYPE_CHECKING

from conversations.config import identity_settings, settings
from conversations.domain import limits, timestamps

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

    from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
    from conversations.adapters.dynamodb.connection_store import DynamoDBConnectionStore
    from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore
    from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
    from conversations.adapters.dynamodb.rate_limiter import DynamoDBRateLimiter
    from conversations.adapters.dynamodb.schema.tables import Tables
    from conversations.adapters.dynamodb.ticket_store import DynamoDBTicketStore
    from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
    from conversations.adapters.dynamodb.visitor_token_store import DynamoDBVisitorTokenStore
    from conversations.adapters.sqs import SqsErasureQueue, SqsExpiryQueue, SqsTurnQueue
    from conversations.adapters.websocket import ApiGatewayConnections
    from conversations.engines.basic.engine import BasicEngine
    from conversations.services.claims import ClaimService
    from conversations.services.conversations import ConversationService
    from conversations.services.erasure import ErasureService
    from conversations.services.expiry import ExpiryService
    from conversations.services.export import ExportService
    from conversations.services.fan_out import FanOut
    from conversations.services.identity import IdentityService
    from conversations.services.messages import HistoryService, MessageService
    from conversations.services.outbox_relay import OutboxRelay
    from conversations.services.resume import ResumeService
    from conversations.services.retries import RetryService
    from conversations.services.sockets import SocketService
    from conversations.services.tickets import TicketService
    from conversations.services.turn_delivery import TurnDelivery
    from conversations.services.webhooks import WebhookService


@cache
def _tables() -> "Tables":
    from conversations.adapters.dynamodb.schema.tables import Tables

    told = settings()
    return Tables(told.sessions_table, told.message_history_table, told.visitor_messages_table, told.bot_data_table)


@cache
def _dynamodb() -> "DynamoDBClient":
    import boto3

    from conversations.adapters.aws import CLIENT_CONFIG

    return boto3.client("dynamodb", config=CLIENT_CONFIG)


@cache
def conversation_store() -> "DynamoDBConversationStore":
    """Return the store of conversations."""
    from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore

    return DynamoDBConversationStore(_dynamodb(), _tables())


@cache
def visitor_token_store() -> "DynamoDBVisitorTokenStore":
    """Return the store of visitor tokens."""
    from conversations.adapters.dynamodb.visitor_token_store import DynamoDBVisitorTokenStore

    return DynamoDBVisitorTokenStore(_dynamodb(), _tables().sessions)


@cache
def message_store() -> "DynamoDBMessageStore":
    """Return the store of messages."""
    from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore

    return DynamoDBMessageStore(_dynamodb(), _tables())


@cache
def connection_store() -> "DynamoDBConnectionStore":
    """Return the store of open sockets."""
    from conversations.adapters.dynamodb.connection_store import DynamoDBConnectionStore

    return DynamoDBConnectionStore(_dynamodb(), settings().connections_table)


@cache
def rate_limiter() -> "DynamoDBRateLimiter":
    """Return what counts requests."""
    from conversations.adapters.dynamodb.rate_limiter import DynamoDBRateLimiter

    return DynamoDBRateLimiter(_dynamodb(), settings().limits_table)


@cache
def ticket_store() -> "DynamoDBTicketStore":
    """Return the store of tickets."""
    from conversations.adapters.dynamodb.ticket_store import DynamoDBTicketStore

    return DynamoDBTicketStore(_dynamodb(), settings().tickets_table)


@cache
def bot_catalogue() -> "DynamoDBBotCatalogue":
    """Return the published bots."""
    from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue

    return DynamoDBBotCatalogue(_dynamodb(), settings().bots_table)


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
def turn_queue() -> "SqsTurnQueue":
    """Return the way to the bots."""
    from conversations.adapters.sqs import SqsTurnQueue

    return SqsTurnQueue(_sqs(), settings().replies_queue_url)


@cache
def _expiry_queue() -> "SqsExpiryQueue":
    from conversations.adapters.sqs import SqsExpiryQueue

    return SqsExpiryQueue(_sqs(), settings().expiries_queue_url)


@cache
def _erasure_queue() -> "SqsErasureQueue":
    from conversations.adapters.sqs import SqsErasureQueue

    return SqsErasureQueue(_sqs(), settings().erasures_queue_url)


@cache
def gateway() -> "ApiGatewayConnections":
    """Return the way to open sockets."""
    import boto3

    from conversations.adapters.websocket import CLIENT_CONFIG, ApiGatewayConnections

    endpoint = settings().websocket_endpoint
    return ApiGatewayConnections(boto3.client("apigatewaymanagementapi", endpoint_url=endpoint, config=CLIENT_CONFIG))


@cache
def _fan_out() -> "FanOut":
    from conversations.services.fan_out import FanOut

    return FanOut(connections=connection_store(), gateway=gateway(), now=timestamps.now, pause=time.sleep)


@cache
def _turn_store() -> "DynamoDBTurnStore":
    from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore

    return DynamoDBTurnStore(_dynamodb(), _tables())


@cache
def conversation_service() -> "ConversationService":
    """Return the use cases of conversations."""
    from conversations.services.conversations import ConversationService

    return ConversationService(
        store=conversation_store(),
        bots=bot_catalogue(),
        queue=turn_queue(),
        default_bot_id=settings().default_bot_id,
        now=timestamps.now,
    )


@cache
def message_service() -> "MessageService":
    """Return the use case of sending."""
    from conversations.services.messages import MessageService

    return MessageService(messages=message_store(), bots=bot_catalogue(), queue=turn_queue(), now=timestamps.now)


@cache
def history_service() -> "HistoryService":
    """Return the use case of reading."""
    from conversations.services.messages import HistoryService

    return HistoryService(conversations=conversation_store(), messages=message_store(), now=timestamps.now)


@cache
def socket_service() -> "SocketService":
    """Return the use cases of opening and closing sockets."""
    from conversations.services.sockets import SocketService

    return SocketService(
        conversations=conversation_store(),
        connections=connection_store(),
        bots=bot_catalogue(),
        queue=turn_queue(),
        expiries=_expiry_queue(),
        limiter=rate_limiter(),
        connect_policy=limits.connect_policy(settings().anonymous_connect_limit),
        default_bot_id=settings().default_bot_id,
        now=timestamps.now,
    )


@cache
def ticket_service() -> "TicketService":
    """Return the use case of tickets."""
    from conversations.services.tickets import TicketService

    return TicketService(store=ticket_store(), now=timestamps.now)


@cache
def export_service() -> "ExportService":
    """Return the use case of exporting."""
    from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
    from conversations.services.export import ExportService

    memories = DynamoDBMemoryStore(_dynamodb(), settings().bot_data_table)
    return ExportService(conversations=conversation_store(), messages=message_store(), memories=memories)


@cache
def erasure_service() -> "ErasureService":
    """Return the use cases of deleting."""
    from conversations.adapters.dynamodb.eraser import DynamoDBEraser
    from conversations.services.erasure import ErasureService

    told = settings()
    return ErasureService(
        conversations=conversation_store(),
        connections=connection_store(),
        gateway=gateway(),
        eraser=DynamoDBEraser(_dynamodb(), _tables(), told.limits_table),
        queue=_erasure_queue(),
        now=timestamps.now,
    )


@cache
def identity_service() -> "IdentityService":
    """Return the authorizer's use case."""
    from conversations.adapters.oidc import IssuerKeys, OidcTokenVerifier
    from conversations.services.identity import IdentityService

    told = identity_settings()
    return IdentityService(
        tokens=OidcTokenVerifier(told.issuer, told.audience, told.groups_claim, IssuerKeys(told.issuer, told.jwks_url)),
        # Most callers bring a token: the store, and boto3 with it, is loaded for the first one who does not.
        visitors=visitor_token_store,
        tickets=ticket_store,
        now=timestamps.now,
    )


@cache
def resume_service() -> "ResumeService":
    """Return the use case of coming back after a cut."""
    from conversations.services.resume import ResumeService

    return ResumeService(
        conversations=conversation_store(), messages=message_store(), fan_out=_fan_out(), now=timestamps.now
    )


@cache
def claim_service() -> "ClaimService":
    """Return the use case of handing over."""
    from conversations.adapters.dynamodb.claim_store import DynamoDBClaimStore
    from conversations.services.claims import ClaimService

    return ClaimService(claims=DynamoDBClaimStore(_dynamodb(), _tables()), fan_out=_fan_out(), now=timestamps.now)


@cache
def expiry_service() -> "ExpiryService":
    """Return the use case of noticing the end of a visitor's conversation."""
    from conversations.services.expiry import ExpiryService

    return ExpiryService(
        conversations=conversation_store(), queue=_expiry_queue(), fan_out=_fan_out(), now=timestamps.now
    )


@cache
def outbox_relay() -> "OutboxRelay":
    """Return the use case of queueing what was stored only."""
    from conversations.services.outbox_relay import OutboxRelay

    return OutboxRelay(turns=_turn_store(), queue=turn_queue())


@cache
def turn_delivery() -> "TurnDelivery":
    """Return the use case of telling what was said."""
    from conversations.adapters.sqs import SqsDelayedDeliveryQueue
    from conversations.services.turn_delivery import TurnDelivery

    return TurnDelivery(
        turns=_turn_store(),
        messages=message_store(),
        fan_out=_fan_out(),
        queue=SqsDelayedDeliveryQueue(_sqs(), settings().tellings_queue_url),
        now=timestamps.now,
    )


@cache
def _script_engine() -> "BasicEngine":
    """Return the engine of the bots with scripts; the dialog language is loaded for the first of them."""
    from basic.http.client import HttpClient
    from conversations.adapters.dynamodb.journal_storage import build_journal_storage
    from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
    from conversations.adapters.dynamodb.table_store import DynamoDBTableStore
    from conversations.adapters.s3 import S3ProgramStore
    from conversations.engines.basic.engine import BasicEngine
    from conversations.engines.basic.programs import CachedPrograms

    told = settings()
    return BasicEngine(
        programs=CachedPrograms(S3ProgramStore(_s3(), told.bots_bucket)),
        tables=lambda bot_id: DynamoDBTableStore(_dynamodb(), told.bot_data_table, bot_id),
        memories=DynamoDBMemoryStore(_dynamodb(), told.bot_data_table),
        journal=lambda turn: build_journal_storage(_dynamodb(), _tables(), turn),
        client=HttpClient(),
    )


@cache
def retry_service() -> "RetryService":
    """Return the use case of the bots."""
    from conversations.adapters.sqs import SqsRetryControl
    from conversations.engines import basic, rules
    from conversations.services.retries import RetryService
    from conversations.services.turns import TurnService

    told = settings()
    turn_service = TurnService(
        turns=_turn_store(),
        messages=message_store(),
        visitors=visitor_token_store(),
        bots=bot_catalogue(),
        engines={rules.ENGINE: rules.RuleEngine, basic.ENGINE: _script_engine},
        fan_out=_fan_out(),
        delivery=turn_delivery(),
        queue=turn_queue(),
        now=timestamps.now,
    )
    return RetryService(
        turn_service=turn_service,
        turns=_turn_store(),
        fan_out=_fan_out(),
        retry_control=SqsRetryControl(_sqs(), told.replies_queue_url, told.dead_letters_queue_url),
    )


@cache
def webhook_service() -> "WebhookService":
    """Return the use case of webhooks."""
    from basic.http.client import HttpClient
    from conversations.adapters.dynamodb.memory_store import DynamoDBMemoryStore
    from conversations.adapters.dynamodb.table_store import DynamoDBTableStore
    from conversations.adapters.dynamodb.webhook_store import DynamoDBWebhookJournalStorage, DynamoDBWebhookStore
    from conversations.adapters.s3 import S3ProgramStore
    from conversations.engines.basic.programs import CachedPrograms
    from conversations.engines.basic.webhooks import BasicWebhookRunner
    from conversations.services.webhooks import WebhookService

    client, table = _dynamodb(), settings().bot_data_table
    scripts = BasicWebhookRunner(
        programs=CachedPrograms(S3ProgramStore(_s3(), settings().bots_bucket)),
        tables=lambda bot_id: DynamoDBTableStore(client, table, bot_id),
        memories=DynamoDBMemoryStore(client, table),
        journal=lambda call: DynamoDBWebhookJournalStorage(client, table, call),
        client=HttpClient(),
    )
    return WebhookService(secrets=bot_catalogue(), scripts=scripts, store=DynamoDBWebhookStore(client, table))
