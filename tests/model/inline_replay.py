"""Replays traces of the model of inline turns. Messages are frames, which are acknowledged before they are answered."""

from collections.abc import Callable, Iterator, Mapping
from typing import NoReturn

import pytest

from conversations.domain.conversation import build_queued_mark
from conversations.domain.errors import UnavailableError
from conversations.engines.rules import RuleEngine
from conversations.services import inline_turns
from tests.faults.lambdas import Invocation
from tests.model.replay import QUERY, QUEUE, WRITE, Replay, advance, get_next
from tests.model.state import State, Worker

_READ, _POST, _END_DELIVERY = "BatchGetItem", "PostToConnection", "UpdateItem"


class InlineReplay(Replay):
    """``Replay`` of ``InlineProtocol``."""

    def list_actions(self) -> Mapping[str, Callable[..., None]]:
        """Return what makes each step, by a pattern of its name; the numbers in it are arguments."""
        return {
            **super().list_actions(),
            r"device (\d) sends m(\d)(?: again)?, and the bot is slow": self.begin_slow_send,
            r"m(\d) is stored with its answer": self.store_with_answer,
            r"m(\d) was answered before": self.store_with_answer,
            r"m(\d) is delivered with its answer": self.acknowledge_answered,
            r"the answer to m(\d) is sent": self.send_to_devices,
            r"device (\d) does not accept the answer to m(\d)": self.miss,
            r"m(\d) is queued for its answer": self.end_send,
            r"the delivery of m(\d) ends": self.end_send,
            r"the relay queues the answered m(\d)": self.relay,
            r"worker (\d) sends a(\d) first": self.flush,
            r"worker (\d) delivers a(\d)": self.send_answer,
            r"worker (\d) ends its delivery": self.deliver,
        }

    def compare(self, state: State) -> Iterator[tuple[str, object, object]]:
        """Yield what ``Replay.compare`` does, and the mark."""
        yield from super().compare(state)
        conversation, messages = self._read()
        marks: dict[str | None, str] = {message.id: message.content for message in messages}
        marks |= {build_queued_mark(message.id): f"q{message.content[1:]}" for message in messages}
        yield "mark", marks.get(conversation.undelivered, conversation.undelivered or ""), state.mark

    def _sends_frames(self, _: int) -> bool:
        return True

    # ------------------------------------------------------------------------------------------------------- sending
    def begin_send(self, number: int, message: int, before: State, after: State) -> None:
        """Let the function run the turn, if it may, until its first write."""
        with pytest.MonkeyPatch.context() as patch:
            if "inline-idle" in self._protocol.without:
                patch.setattr(inline_turns, "_is_idle", lambda _: True)
            super().begin_send(number, message, before, after)

    def begin_slow_send(self, number: int, message: int, before: State, after: State) -> None:
        """Let the turn take longer than an inline turn may."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RuleEngine, "run", _take_too_long)
            self.begin_send(number, message, before, after)

    def store(self, message: int, before: State, after: State) -> None:
        self._fail_inline(before, after)
        super().store(message, before, after)

    def read_again(self, message: int, before: State, after: State) -> None:
        self._fail_inline(before, after)
        super().read_again(message, before, after)

    def _fail_inline(self, before: State, after: State) -> None:
        """Make the write of an inline turn, whose conditions do not hold any more, before the one without an answer."""
        send, invocation = self._find_send(before, after)
        if send.done == "inline":
            invocation.step()
            assert get_next(invocation) == WRITE, get_next(invocation)

    def store_with_answer(self, _: int, before: State, after: State) -> None:
        send = self._move_send(before, after)
        send.step()
        # A repeated message may be counted differently.
        assert get_next(advance(send, QUEUE, WRITE, _POST)) == _POST, get_next(send)

    def acknowledge_answered(self, _: int, before: State, after: State) -> None:
        send = self._move_send(before, after)
        send.step()
        assert get_next(send) == QUERY, get_next(send)

    def send_to_devices(self, _: int, before: State, after: State) -> None:
        send = advance(self._move_send(before, after), QUEUE, _END_DELIVERY)
        assert get_next(send) == _END_DELIVERY, get_next(send)

    def miss(self, number: int, _: int, before: State, after: State) -> None:
        """Let API Gateway throttle what is sent to a device."""
        connection = self._simulation.sockets.connections[self.devices[number].connection_id]
        connection.busy = True
        send = advance(self._move_send(before, after), QUEUE, _END_DELIVERY)
        connection.busy = False
        assert get_next(send) == QUEUE, get_next(send)

    def end_send(self, _: int, before: State, after: State) -> None:
        advance(self._move_send(before, after))

    # --------------------------------------------------------------------------------------------------------- turns
    def _begin_turn(self, invocation: Invocation, worker: Worker) -> None:
        if not worker.done.startswith("flushing"):
            super()._begin_turn(invocation, worker)
            return
        advance(invocation, _READ)
        invocation.step()
        # Next it reads the turn that ran inline.
        assert get_next(advance(invocation, _READ, WRITE)) == _READ, get_next(invocation)

    def flush(self, number: int, _: int, *__: State) -> None:
        invocation = advance(self._turns[number].invocation, WRITE)
        assert get_next(invocation) == WRITE, get_next(invocation)

    def send_answer(self, number: int, _: int, *__: State) -> None:
        """Send everything; then the delivery is ended, if the turn has a mark."""
        advance(self._turns[number].invocation, _END_DELIVERY)


def _take_too_long(*_: object) -> NoReturn:
    raise UnavailableError
