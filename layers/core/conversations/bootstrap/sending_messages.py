"""The use case of sending messages to bots that may answer within the request."""

from conversations.adapters.dynamodb.inline_turn_store import DynamoDBInlineTurnStore
from conversations.adapters.dynamodb.turn_store import DynamoDBTurnStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.fan_out import announcements
from conversations.bootstrap.messages import message_service
from conversations.bootstrap.once import once
from conversations.bootstrap.queues import turn_queue
from conversations.bootstrap.stores import bot_catalogue, message_store, tables
from conversations.domain import timestamps
from conversations.engines import basic, rules
from conversations.ports.bots import BotEngine
from conversations.services.inline_turns import InlineTurnService
from conversations.services.sending_messages import MessageSender


@once
def message_sender() -> MessageSender:
    """Return the use case of sending messages."""
    inline_turns = InlineTurnService(
        messages=message_store(),
        turns=DynamoDBTurnStore(dynamodb(), tables()),
        inline_turns=DynamoDBInlineTurnStore(dynamodb(), tables(), message_store().heads),
        bots=bot_catalogue(),
        engines={rules.ENGINE: rules.RuleEngine, basic.ENGINE: _load_basic_engine},
        fan_out=announcements(),
        queue=turn_queue(),
        now=timestamps.now,
    )
    return MessageSender(messages=message_service(), inline_turns=inline_turns)


def _load_basic_engine() -> BotEngine:
    """Load the dialog language for the first bot that needs it; it takes as long as all other imports together."""
    from conversations.bootstrap.pure_basic_engine import pure_basic_engine  # noqa: PLC0415 - slow to load

    return pure_basic_engine()
