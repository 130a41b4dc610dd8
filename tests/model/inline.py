"""The model with turns that run inline: within the function that sends the message, if nothing else is under way.

A bot of this model uses no service, so nothing is announced before its answer is stored. A send that reads that nothing
is under way is ``inline``, unless the bot is slow. If it cannot store message and answer, it goes on as any other.
``State.mark`` is the turn whose frames may not have been sent: ``m1`` if it ran inline, ``q1`` if a worker ran it.
``State.recent`` are the messages of inline turns, whose ids are in the row of the conversation instead of a record.
"""

from collections.abc import Callable, Iterator, Mapping

from tests.model.protocol import Protocol, Step, add_send, set_send
from tests.model.state import INVARIANTS, Device, Entry, Send, State, Worker


def _arrives_in_order(s: State) -> bool:
    answers = [entry[:2] for entry in s.log if entry.name[0] == "a"]
    return all(_is_prefix(device, answers) for device in s.devices if device.done == "resumed")


def _is_prefix(device: Device, answers: list[tuple[int, str]]) -> bool:
    shown = [answer in device.shown for answer in answers]
    return shown == sorted(shown, reverse=True)


class InlineProtocol(Protocol):
    """``Protocol`` for a bot whose turns run inline, or from the queue if they take long or find others."""

    @property
    def invariants(self) -> Mapping[str, Callable[[State], bool]]:
        """What holds always; answers arrive in order at devices whose connections are not lost."""
        return {**INVARIANTS, "3 order: no answer overtakes an earlier one on its way to a device": _arrives_in_order}

    def list_steps(self, s: State) -> Iterator[Step]:
        """Yield what can happen next without a fault."""
        yield from super().list_steps(s)
        unsent = int(s.mark[1:]) if s.mark.startswith("m") and "relay-inline" not in self.without else None
        if unsent is not None and (unsent, False) not in s.accepted:
            yield f"the relay queues the answered m{unsent}", s.put(unsent, in_order=False)

    def list_faults(self, s: State) -> Iterator[Step]:
        """Yield the faults that may happen next."""
        yield from super().list_faults(s)
        for send in s.sends:
            if send.done == "acknowledged" and s.losses:
                yield from self._miss(s._replace(losses=s.losses - 1), send)

    # ------------------------------------------------------------------------------------------------------- sending
    def _begin_send(self, s: State, message: int, name: str) -> Iterator[Step]:
        is_idle = not s.pending and s.mark == "" and self._get_owner(message) == s.owner
        if not is_idle and "inline-idle" not in self.without:
            yield from super()._begin_send(s, message, name)
            return
        is_known = message in s.recent and s.mark == "" and "inline-recent" not in self.without
        yield name, add_send(s, Send(message, "answered before" if is_known else "inline", s.head))
        yield from super()._begin_send(s, message, f"{name}, and the bot is slow")

    def _may_run_inline(self, s: State, send: Send) -> bool:
        """Return whether the conditions of the transaction hold, except that the message is new."""
        is_answered = not s.pending or "inline-unanswered" in self.without
        is_delivered = s.mark == "" or "inline-undelivered" in self.without
        is_own = self._get_owner(send.message) == s.owner
        return send.head == s.head and is_own and not s.archived and is_answered and is_delivered

    def _store_inline(self, s: State, send: Send, owner: str) -> Step:
        message = send.message
        if message in s.records and "inline-record-checked" not in self.without:
            return f"m{message} was answered before", set_send(s, send, send._replace(done="answered before"))
        entries = (Entry(s.head + 1, f"m{message}", owner), Entry(s.head + 2, f"a{message}", owner))
        stored = s._replace(
            log=(*s.log, *entries), head=s.head + 2, recent=s.recent | {message}, listed=False, mark=f"m{message}"
        )
        return f"m{message} is stored with its answer", set_send(stored, send, send._replace(done="answered"))

    def _continue_send(self, s: State, send: Send) -> Step:
        message = send.message
        match send.done:
            case "inline":
                store = self._store_inline if self._may_run_inline(s, send) else self._store
                return store(s, send, self._get_owner(message))
            case "answered":
                acknowledged = super()._continue_send(s, send)[1]
                running = tuple(sorted((*acknowledged.sends, send._replace(done="acknowledged"))))
                return f"m{message} is delivered with its answer", acknowledged._replace(sends=running)
            case "acknowledged":
                sent = s.broadcast(self._get_owner(message), f"m{message}", f"a{message}")
                return f"the answer to m{message} is sent", set_send(sent, send, send._replace(done="sent"))
            case "missed" if "inline-missed" not in self.without:
                return f"m{message} is queued for its answer", set_send(s, send, None).put(message, in_order=False)
            case "sent" | "missed":
                return f"the delivery of m{message} ends", set_send(self._end_delivery(s, message), send, None)
        return super()._continue_send(s, send)

    def _miss(self, s: State, send: Send) -> Iterator[Step]:
        """Send an answer, which one of the devices does not accept."""
        message, owner = send.message, self._get_owner(send.message)
        sent = set_send(s.broadcast(owner, f"m{message}", f"a{message}"), send, send._replace(done="missed"))
        for number, device in enumerate(s.devices):
            if device.is_open and device.owner == owner:
                yield f"device {number} does not accept the answer to m{message}", sent.set_device(number, device)

    def _get_owner(self, message: int) -> str:
        return self.devices[self.senders[message]][0]

    # --------------------------------------------------------------------------------------------------------- turns
    def _receive(self, s: State) -> Iterator[Step]:
        for step, received in super()._receive(s):
            number = next(n for n, (old, new) in enumerate(zip(s.workers, received.workers, strict=True)) if old != new)
            worker = received.workers[number]
            # Nothing is announced, and a turn that ran inline before is sent first.
            quiet = received._replace(devices=s.devices)
            is_turn = worker is not None and worker.done == "loaded"
            if is_turn and s.mark.startswith("m") and "inline-flushed" not in self.without:
                quiet = quiet.set_worker(number, worker._replace(done=f"flushing {s.mark[1:]}"))  # type: ignore[union-attr]  # is_turn
            yield step, quiet

    def _continue_turn(self, s: State, number: int, worker: Worker) -> Iterator[Step]:
        message, who = worker.message, f"worker {number}"
        if worker.done.startswith("flushing"):
            earlier = worker.done.removeprefix("flushing ")
            flushed = s.broadcast(s.owner, f"m{earlier}", f"a{earlier}")
            yield f"{who} sends a{earlier} first", flushed.set_worker(number, worker._replace(done="loaded"))
        elif worker.done in ("written", "redelivered"):
            sent = s.broadcast(worker.owner, f"m{message}", f"a{message}")
            yield f"{who} delivers a{message}", sent.set_worker(number, worker._replace(done="sent"))
        elif worker.done == "sent":
            yield f"{who} ends its delivery", self._end_delivery(s, message).end_worker(number, delete=True)
        else:
            yield from super()._continue_turn(s, number, worker)

    def _commit(self, s: State, number: int, worker: Worker) -> Step:
        name, stored = super()._commit(s, number, worker)
        is_stored = len(stored.log) > len(s.log) and "turn-marked" not in self.without
        return name, stored._replace(mark=f"q{worker.message}") if is_stored else stored

    def _end_delivery(self, s: State, message: int) -> State:
        is_own = s.mark in (f"m{message}", f"q{message}") or "delivery-ended-once" in self.without
        return s._replace(mark="") if is_own else s
