"""Messages to other users, in memory."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from conversations.domain.conversation import Conversation
from conversations.domain.errors import UnavailableError
from conversations.domain.talk import MAX_TALKS_PER_DAY, StoredTalk, TalkEffect, TalkRefusedError, append_talk
from conversations.ports.talk import TalkStore
from conversations.services.talk import TalkService
from tests.fakes.memory import Database, InMemoryBotCatalogue, InMemoryConversationStore, InMemoryTurnQueue


@dataclass(slots=True)
class InMemoryTalkStore(TalkStore):
    """``TalkStore`` in memory.

    Attributes
    ----------
    limit
        Messages of one bot and day.
    failures
        What the next calls raise.
    """

    memory: Database
    limit: int
    stored: dict[tuple[str, str], StoredTalk] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    counts: Counter[tuple[str, date]] = field(default_factory=Counter)

    def store(self, effect: TalkEffect, conversation: Conversation, text: str) -> StoredTalk:
        if self.failures:
            raise self.failures.pop(0)
        with self.memory.lock:
            key, day = (effect.bot_id, effect.id), (effect.bot_id, effect.day)
            if key in self.stored:
                return self.stored[key]
            if self.counts[day] >= self.limit:
                raise TalkRefusedError(f"the bot sends more than {self.limit} messages to other users today")
            current = self.memory.conversations.get(conversation.id)
            if current is None or not current.accepts_messages:
                raise UnavailableError
            _, message = append_talk(current, effect, text)
            self.memory.append_messages(current, [message])
            self.counts[day] += 1
            self.stored[key] = StoredTalk(current.id, message.id)
            return self.stored[key]


def build_talk_service(memory: Database) -> TalkService:
    """Return the use case on a database."""
    return TalkService(
        conversations=InMemoryConversationStore(memory),
        talks=InMemoryTalkStore(memory, MAX_TALKS_PER_DAY),
        bots=InMemoryBotCatalogue(memory),
        queue=InMemoryTurnQueue(memory),
    )
