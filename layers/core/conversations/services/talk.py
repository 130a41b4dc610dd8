"""Messages of scripts to other users of their bot."""

from conversations.data_classes import dataclass
from conversations.domain.conversation import GREETING_SEQ, Conversation, ListFilter
from conversations.domain.jobs import DeliverJob
from conversations.domain.principal import Principal, build_owner, is_subject
from conversations.domain.talk import TalkEffect, TalkRefusedError
from conversations.ports.bots import BotCatalogue
from conversations.ports.conversations import ConversationStore
from conversations.ports.queues import TurnQueue
from conversations.ports.talk import Talker, TalkStore
from conversations.services.conversations import new_conversation

_UNKNOWN = "the bot has no conversation with this user"
"""The same for one who is unknown, so that a script cannot find out who has an account."""


@dataclass(frozen=True, slots=True)
class TalkService(Talker):
    """Stores a message in the user's conversation with the bot, and queues its delivery.

    The delivery is a job of that conversation, so that it is in order with the bot's answers there, and so that the
    turn that sends it needs no access to connections.
    """

    conversations: ConversationStore
    talks: TalkStore
    bots: BotCatalogue
    queue: TurnQueue

    def send(self, effect: TalkEffect, user: str, text: str) -> None:
        """Send a message; see ``Talker.send``."""
        if not is_subject(user):
            raise TalkRefusedError(_UNKNOWN)
        conversation = self._find_conversation(build_owner(user), effect)
        stored = self.talks.store(effect, conversation, text)
        job = DeliverJob(conversation_id=stored.conversation_id, message_id=stored.message_id)
        # safeguard: talk-delivered
        self.queue.put(job, waits=conversation.waits)

    def _find_conversation(self, owner: str, effect: TalkEffect) -> Conversation:
        """Return the conversation that the user used last; a new one if all are archived.

        Raises
        ------
        TalkRefusedError
            If there is none. Who deletes all conversations with a bot is not addressed by it any more.
        """
        newest_id = self.conversations.get_newest_active_id(owner, effect.bot_id)
        newest = None if newest_id is None else self.conversations.get(newest_id)
        # The list is eventually consistent.
        if newest is not None and newest.accepts_messages:
            return newest
        # safeguard: talk-known
        if not self.conversations.list_by_owner(owner, ListFilter(bot_id=effect.bot_id), limit=1).items:
            raise TalkRefusedError(_UNKNOWN)
        # The bot speaks first with this message, so it does not greet.
        new = new_conversation(Principal(owner), self.bots.get(effect.bot_id), effect.at)
        return self.conversations.open_or_create(new.model_copy(update={"answered_seq": GREETING_SEQ}))
