"""Telling visitors that their conversation has ended."""

import math
from dataclasses import dataclass
from datetime import datetime

from conversations.contract.server_frames import ExpiredFrame
from conversations.domain import ids
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import ExpiryCheckJob
from conversations.domain.principal import visitor_principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.queues import ExpiryQueue
from conversations.services.fan_out import FanOut

MAX_DELAY_SECONDS = 15 * 60
"""Longest delay of a message on a queue (SQS's quota)."""


@dataclass(frozen=True, slots=True)
class ExpiryService:
    """Looks at a visitor's conversation now and then until it has ended: twice, if nothing is said in it."""

    conversations: ConversationStore
    queue: ExpiryQueue
    fan_out: FanOut
    now: Clock

    def check(self, check: ExpiryCheckJob) -> None:
        """Tell the visitor's open sockets if it has ended, else look again later.

        Raises
        ------
        UnavailableError
            If something does not answer; checking again is safe.
        """
        conversation = self.conversations.get(check.session_id)
        if conversation is not None and conversation.expires_at is None:
            # A user's by now.
            return
        # The table deletes by itself what has ended, and may have been faster.
        if conversation is None or conversation.is_gone(self.now()):
            frame = ExpiredFrame(session_id=ids.format_session_id(check.session_id))
            self.fan_out.send_to_owner(visitor_principal(check.session_id).owner, [frame])
        else:
            schedule_expiry_check(self.queue, conversation, self.now())


def schedule_expiry_check(queue: ExpiryQueue, conversation: Conversation, now: datetime) -> None:
    """Have a visitor's conversation looked at when it may have ended.

    Raises
    ------
    UnavailableError
        If the queue does not take it.
    """
    if conversation.expires_at is not None:
        left = math.ceil((conversation.expires_at - now).total_seconds())
        queue.put(ExpiryCheckJob(session_id=conversation.id), seconds=min(max(left, 0), MAX_DELAY_SECONDS))
