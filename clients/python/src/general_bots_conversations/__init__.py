"""A client of the Conversations API of General Bots.

``Client`` waits for results; ``AsyncClient`` is for ``asyncio``. Both keep the same promises: what is sent is delivered
once and in order, over lost connections and crashes, and what arrives is shown once and in order.
"""

from general_bots_conversations.async_client import AsyncClient
from general_bots_conversations.async_conversation import AsyncConversation
from general_bots_conversations.client import Client
from general_bots_conversations.conversation import Conversation
from general_bots_conversations.errors import (
    ApiError,
    ConversationsError,
    NotSentError,
    SignedOutError,
    UnansweredError,
    UnreachableError,
)
from general_bots_conversations.models import Attachment, Bot, ConversationSummary, Message, Suggestion, UploadedFile
from general_bots_conversations.storage import FileStorage, MemoryStorage, StorageInUseError
from general_bots_conversations.timing import Timing

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncConversation",
    "Attachment",
    "Bot",
    "Client",
    "Conversation",
    "ConversationSummary",
    "ConversationsError",
    "FileStorage",
    "MemoryStorage",
    "Message",
    "NotSentError",
    "SignedOutError",
    "StorageInUseError",
    "Suggestion",
    "Timing",
    "UnansweredError",
    "UnreachableError",
    "UploadedFile",
]
__version__ = "0.1.0"
