"""Expiry of visitors' conversations: notifies the visitor when the conversation ends."""

import math
from datetime import datetime

from conversations.contract.server_frames import ExpiredFrame
from conversations.data_classes import dataclass
from conversations.domain import ids
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import ExpiryCheckJob
from conversations.domain.limits import MAX_QUEUE_DELAY_SECONDS
from conversations.domain.principal import visitor_principal
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.drive import DriveStore
from conversations.ports.queues import ExpiryQueue
from conversations.ports.sent_files import SentFileStore
from conversations.services.fan_out import FanOut


@dataclass(frozen=True, slots=True)
class ExpiryService:
    """Checks a visitor's conversation with delayed jobs until it has expired: two checks if it has no messages."""

    conversations: ConversationStore
    queue: ExpiryQueue
    fan_out: FanOut
    drive: DriveStore
    sent_files: SentFileStore
    now: Clock

    def check(self, check: ExpiryCheckJob) -> None:
        """Erase the visitor's files and notify the connections if the conversation has expired, or check again later.

        Raises
        ------
        UnavailableError
            If a service does not respond; checking again is safe.
        """
        conversation, visitor = self.conversations.get(check.conversation_id), visitor_principal(check.conversation_id)
        if conversation is not None and conversation.expires_at is None and not conversation.deleted:
            # A user has claimed it. The claim gives the files to the user, unless it was interrupted.
            # safeguard: expiry-transfers-files
            self.drive.transfer(visitor.owner, conversation.owner)
            return
        # DynamoDB's TTL may have removed the row already.
        # safeguard: expiry-after-ttl
        if conversation is None or conversation.is_gone(self.now()):
            # safeguard: expiry-erases-files
            while not self.drive.erase_by_owner(visitor.owner):
                pass
            # safeguard: expiry-erases-sent-files
            while not self.sent_files.erase_by_conversation(check.conversation_id):
                pass
            frame = ExpiredFrame(session_id=ids.format_session_id(check.conversation_id))
            # safeguard: expiry-notifies
            self.fan_out.send_to_owner(visitor.owner, [frame])
        else:
            # safeguard: expiry-rechecked
            schedule_expiry_check(self.queue, conversation, self.now())


def schedule_expiry_check(queue: ExpiryQueue, conversation: Conversation, now: datetime) -> None:
    """Schedule a check for the time when a visitor's conversation expires, or for the longest delay of the queue.

    Raises
    ------
    UnavailableError
        If the queue does not accept the job.
    """
    if conversation.expires_at is not None:
        remaining = math.ceil((conversation.expires_at - now).total_seconds())
        delay = min(max(remaining, 0), MAX_QUEUE_DELAY_SECONDS)
        queue.put(ExpiryCheckJob(conversation_id=conversation.id), seconds=delay)
