"""What sends messages of scripts to other users."""

from conversations.adapters.dynamodb.talk_store import DynamoDBTalkStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.bootstrap.queues import turn_queue
from conversations.bootstrap.stores import bot_catalogue, conversation_store, tables
from conversations.domain.talk import MAX_TALKS_PER_DAY
from conversations.services.talk import TalkService


@once
def talk_service() -> TalkService:
    """Return the use case of messages to other users."""
    return TalkService(
        conversations=conversation_store(),
        talks=DynamoDBTalkStore(dynamodb(), tables(), MAX_TALKS_PER_DAY),
        bots=bot_catalogue(),
        queue=turn_queue(),
    )
