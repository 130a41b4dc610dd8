"""The use cases of clients without a connection: waiting for answers, and transcripts."""

import time
from uuid import uuid4

from conversations.adapters.dynamodb.transcript_store import DynamoDBTranscriptStore
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.conversations import conversation_service
from conversations.bootstrap.messages import message_service
from conversations.bootstrap.once import once
from conversations.bootstrap.stores import conversation_store, message_store
from conversations.config import settings
from conversations.domain import timestamps
from conversations.services.answers import AnswerService
from conversations.services.transcripts import TranscriptService


@once
def answer_service() -> AnswerService:
    """Return the use case of waiting for an answer."""
    return AnswerService(
        conversations=conversation_store(),
        messages=message_store(),
        now=timestamps.now,
        pause=time.sleep,
    )


@once
def transcript_service() -> TranscriptService:
    """Return the use cases of clients that repeat the transcript."""
    return TranscriptService(
        transcripts=DynamoDBTranscriptStore(dynamodb(), settings().message_history_table),
        conversations=conversation_store(),
        starts=conversation_service(),
        messages=message_service(),
        now=timestamps.now,
        new_key=lambda: f"openai-{uuid4()}",
    )
