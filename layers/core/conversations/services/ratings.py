"""Ratings of the bot's messages."""

import logging

from conversations.contract.server_frames import RatedFrame
from conversations.data_classes import dataclass
from conversations.domain.authorization import require_access
from conversations.domain.conversation import Conversation
from conversations.domain.errors import InvalidRequestError, NotFoundError
from conversations.domain.message import Message, Rating, Sender
from conversations.domain.metrics import describe_metrics
from conversations.domain.principal import Principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.messages import MessageStore, RatingStore
from conversations.services.fan_out import FanOut

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RatingService:
    """Stores what users think of the bot's messages."""

    conversations: ConversationStore
    messages: MessageStore
    ratings: RatingStore
    fan_out: FanOut
    now: Clock

    def rate(self, principal: Principal, conversation_id: str, message_id: str, rating: Rating | None) -> Message:
        """Rate a message of the bot, notify the caller's devices, and return the message.

        Parameters
        ----------
        principal
            The caller, also a visitor.
        conversation_id
            Bare id of the conversation; it may be archived.
        message_id
            Bare id of the message.
        rating
            None removes the rating.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation, or it has no such message.
        InvalidRequestError
            If the message is the user's own.
        UnavailableError
            If it failed; a retry is safe.
        """
        conversation = require_access(self.conversations.get(conversation_id), principal, self.now())
        message = self._get_message(conversation, message_id)
        if message.sender is not Sender.BOT:
            raise InvalidRequestError("Only messages of the bot can be rated.")
        if message.rating != rating:
            self.ratings.set_rating(conversation, message_id, rating, self.now())
            _count(conversation, rating)
        return self._notify(conversation, message.model_copy(update={"rating": rating}))

    def _get_message(self, conversation: Conversation, message_id: str) -> Message:
        page = self.messages.get_page(conversation, first=message_id, last=message_id, newest=False, limit=1)
        if not page.items:
            raise NotFoundError("The message does not exist.")
        return page.items[0]

    def _notify(self, conversation: Conversation, message: Message) -> Message:
        """Notify the owner's devices until what was sent last is what is stored, and return the message."""
        while True:
            self.fan_out.send_to_owner(conversation.owner, [RatedFrame.from_message(message)])
            current = self._get_message(conversation, message.id)
            # Two requests can notify in another order than they wrote.
            # safeguard: rating-last
            if current.rating == message.rating:
                return message
            message = current


def _count(conversation: Conversation, rating: Rating | None) -> None:
    if rating is not None:
        logger.info("rated", extra=describe_metrics({"Ratings": 1}, bot=conversation.bot_id, rating=rating))
