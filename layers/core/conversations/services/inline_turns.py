"""Inline turns: the bot answers within the request that sends the message, if it uses no service.

Message and answer are stored in one transaction, without a queue. If something prevents that (earlier messages, a
concurrent write, an error, a slow script), nothing is stored, and the message is sent and queued as any other.

After the transaction, the row of the conversation has a mark, which is removed when all devices have their frames. As
long as it is there, no other turn runs inline, and the next turn from the queue sends the frames first. If the function
crashes, the outbox check finds the mark and queues a job, which sends them.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from conversations.contract.server_frames import MessageFrame
from conversations.data_classes import dataclass
from conversations.domain.authorization import require_access, require_bot
from conversations.domain.bot import Bot, DialogState
from conversations.domain.conversation import NOT_GREETED
from conversations.domain.dialog import Dialog, InlineTurn
from conversations.domain.errors import UnavailableError
from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Draft, Message
from conversations.domain.principal import Principal
from conversations.domain.turn import append_message, build_turn, mint_messages
from conversations.domain.turn_time import get_inline_time_left
from conversations.ports.bots import BotCatalogue, BotEngine
from conversations.ports.clock import Clock
from conversations.ports.messages import MessageStore
from conversations.ports.queues import TurnQueue
from conversations.ports.turns import InlineTurnStore, TurnStore
from conversations.services.fan_out import FanOut
from conversations.services.turn_delivery import build_frames
from conversations.services.turn_result import TurnAccumulator

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InlineTurnService:
    """Runs turns inline, and delivers them.

    Attributes
    ----------
    engines
        The engines whose turns may use no service.
    fan_out
        Sends each frame with one try.
    """

    messages: MessageStore
    turns: TurnStore
    inline_turns: InlineTurnStore
    bots: BotCatalogue
    engines: Mapping[str, Callable[[], BotEngine]]
    fan_out: FanOut
    queue: TurnQueue
    now: Clock

    def answer(self, principal: Principal, conversation_id: str, draft: Draft) -> InlineTurn | Message | None:
        """Run the turn that answers a draft, and store both; return None, with nothing stored, if it must be queued.

        If the draft was sent before, return that message: its turn has been delivered, as the conversation is idle.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation, or may no longer talk to its bot.
        ConflictError
            If its ``client_message_id`` was used for different content.
        UnavailableError
            If the conversation cannot be read, or the turn may not have been stored.
        """
        now = self.now()
        route = self.messages.get_route(principal, conversation_id, now)
        bot = self.bots.get(route.bot_id)
        require_bot(bot, principal)
        may_run_inline = bot.engine in self.engines and not (route.waits or bot.waits or draft.attachments)
        # Asked without a state first, so that no dialog is read for bots whose turns never run inline.
        if not may_run_inline or not self._is_pure(bot, {}):
            return None
        dialog = self.turns.load(conversation_id)
        require_access(None if dialog is None else dialog.conversation, principal, now)
        if dialog is None or not _is_idle(dialog):
            return None
        before = dialog.conversation
        message = draft.number(before.id, before.last_seq, before.last_activity, principal.groups, now)
        asked = replace(dialog, conversation=append_message(before, message), message=message)
        result = self._run(bot, asked) if self._is_pure(bot, dialog.state) else None
        if result is None:
            return None
        # At the time of the message, so that one item can have all: see MAX_TURN_MILLISECONDS.
        replies = mint_messages(asked.conversation, message.seq, result.list_utterances(), message.timestamp)
        return self.inline_turns.store(
            principal,
            dialog,
            message,
            replies,
            state=result.state,
            now=self.now(),
            side_data=result.get_side_data(),
        )

    def _is_pure(self, bot: Bot, state: DialogState) -> bool:
        try:
            return self.engines[bot.engine]().is_pure(bot, state)
        except Exception:
            logger.exception("inline turn failed", extra={"bot": bot.id})
            return False

    def _run(self, bot: Bot, dialog: Dialog) -> TurnAccumulator | None:
        """Return the result of the turn, None if it must be queued."""
        try:
            turn = build_turn(bot, dialog, history=_refuse_history, time_left=get_inline_time_left)
            result = TurnAccumulator(bot.id, turn.owner, turn.state)
            for event in self.engines[bot.engine]().run(turn):
                result.apply(event)
        except UnavailableError:
            return None
        except Exception:
            # The job from the queue fails again, is retried, and then dead-lettered.
            logger.exception("inline turn failed", extra={"bot": bot.id})
            return None
        # Delayed messages, and quick replies that are not stored, need the queue.
        has_unstored = result.suggestions is not None or (result.input is not None and not result.utterances)
        return None if result.pauses or has_unstored else result

    def deliver(self, turn: InlineTurn, connection_id: str | None) -> None:
        """Send an inline turn to the owner's devices. What a device misses is sent by a job. Never raises.

        Parameters
        ----------
        turn
            The turn, as stored.
        connection_id
            The connection that has sent the message, which gets no copy.
        """
        conversation = turn.conversation
        try:
            # The sender's client replaces a message that the bot has redacted.
            origin = connection_id if turn.stored == turn.message else None
            frames = list(build_frames(conversation, turn.replies))
            copies = [MessageFrame.from_message(turn.stored)]
            # safeguard: inline-missed
            if self.fan_out.try_to_send_to_owner(conversation.owner, frames, copies=copies, origin=origin):
                self.turns.end_delivery(conversation.id, turn.message.id)
                return
        except UnavailableError:
            pass
        except Exception:
            logger.exception("inline delivery failed")
        # If it cannot be queued either, the outbox check does that.
        with suppress(UnavailableError):
            self.queue.put(AnswerJob(conversation_id=conversation.id, message_id=turn.message.id), waits=False)


def _is_idle(dialog: Dialog) -> bool:
    """Return whether nothing is left to do or to deliver in a conversation, so that a turn may overtake the queue."""
    conversation = dialog.conversation
    # safeguard: inline-idle
    return (
        conversation.answered_seq != NOT_GREETED
        and not conversation.pending_message_ids
        and not conversation.failed_message_ids
        and not conversation.waits
        and conversation.undelivered is None
        and dialog.first_delayed_id is None
    )


def _refuse_history(_limit: int) -> Sequence[Message]:
    """Refuse to read the history, which costs a query."""
    raise UnavailableError
