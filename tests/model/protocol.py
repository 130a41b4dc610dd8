"""A model of the protocol: send, turn, claim, archive, stop and resume, step by step as the functions make them.

A step is one request to a service, or several between which nothing of the model can happen. What a function has read
may be out of date when it writes; it may die between any two steps; the queue may deliver a job again, also while it
runs. A protection that is taken out (``without``) has the name of its safeguard (``tests/safeguards``).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.model.state import INVARIANTS, USER, VISITOR, Device, Entry, Send, State, Worker

type Step = tuple[str, State]


@dataclass(frozen=True)
class Protocol:
    """The model, with its bounds.

    Attributes
    ----------
    senders
        The device that sends each message, by its index; a device sends one after the other.
    devices
        The owners of the devices, and whether each is connected at the beginning.
    crashes, repeats, losses
        How many functions die, how many jobs and messages come again while the first one runs, and how many connections
        are lost or do not accept an inline answer, at most.
    does
        What happens besides sending, answering and resuming: ``claim``, ``archive``, ``stop``, ``effect``.
    without
        The protections that are taken out.
    """

    senders: tuple[int, ...]
    devices: tuple[tuple[str, bool], ...] = ((USER, True), (USER, True))
    crashes: int = 0
    repeats: int = 0
    losses: int = 0
    does: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    @property
    def initial(self) -> State:
        """The first state."""
        first = self.devices[0][0]
        devices = tuple(
            Device(owner, ("resumed" if owner == first else "open") if connected else "")
            for owner, connected in self.devices
        )
        return State(devices, ("",) * len(self.senders), first, self.crashes, self.repeats, self.losses)

    @property
    def invariants(self) -> Mapping[str, Callable[[State], bool]]:
        """What holds always."""
        return INVARIANTS

    def list_steps(self, s: State) -> Iterator[Step]:
        """Yield what can happen next without a fault."""
        for message, sender in enumerate(self.senders):
            earlier = {s.settled[each] for each in range(message) if self.senders[each] == sender}
            if s.settled[message] == "" and earlier <= {"delivered", "refused"}:
                yield from self._begin_send(s, message, f"device {sender} sends m{message}")
        for send in s.sends:
            yield self._continue_send(s, send)
        for message in s.pending:
            if (message, False) not in s.accepted and "relay-queues" not in self.without:
                yield f"the relay queues m{message}", s.put(message, in_order=False)
        yield from self._receive(s)
        for number, worker in enumerate(s.workers):
            if worker is not None:
                yield from self._continue_turn(s, number, worker)
        for number, device in enumerate(s.devices):
            yield from self._resume(s, number, device)
        for name, steps in (("claim", self._claim), ("archive", self._archive), ("stop", _stop)):
            yield from steps(s) if name in self.does else ()

    def list_faults(self, s: State) -> Iterator[Step]:
        """Yield the faults that may happen next; a client may also send again, or give up, after one."""
        if s.crashes:
            yield from _crash(s._replace(crashes=s.crashes - 1))
        for number, worker in enumerate(s.workers):
            if worker is not None and s.held == number and s.repeats:
                yield f"the job of worker {number} is visible again", s._replace(held=None, repeats=s.repeats - 1)
        for message, word in enumerate(s.settled):
            runs = any(send.message == message for send in s.sends)
            if word == "sending" and s.repeats >= runs:
                fewer = s._replace(repeats=s.repeats - runs)
                yield from self._begin_send(fewer, message, f"device {self.senders[message]} sends m{message} again")
        for number, device in enumerate(s.devices):
            if s.losses and device.done not in ("", "refused", "closed"):
                lost = s.set_device(number, device._replace(done="", upto=0))
                yield f"device {number} loses its connection", lost._replace(losses=s.losses - 1)

    # ------------------------------------------------------------------------------------------------------- sending
    def _begin_send(self, s: State, message: int, name: str) -> Iterator[Step]:
        yield name, add_send(s, Send(message, "read", s.head))

    def _continue_send(self, s: State, send: Send) -> Step:
        name, sender = f"m{send.message}", self.senders[send.message]
        if send.done == "read":
            return self._store(s, send, s.devices[sender].owner)
        if send.done == "stored":
            return f"{name} is queued", set_send(s, send, send._replace(done="queued")).put(
                send.message, in_order=False
            )
        device = s.devices[sender]
        shown = {entry[:2] for entry in s.log if entry.name == name}
        acknowledged = s.set_device(sender, device._replace(shown=device.shown | shown))
        return f"{name} is delivered", set_send(acknowledged, send, None).settle(send.message, "delivered")

    def _store(self, s: State, send: Send, owner: str) -> Step:
        message, stored = send.message, send._replace(done="stored")
        refused = f"m{message} is refused", set_send(s, send, None).settle(message, "refused")
        if owner != s.owner and "send-owner" not in self.without:
            return refused
        records = s.records if "send-idempotency-record" not in self.without else frozenset()
        recent = s.recent if "send-recent" not in self.without else frozenset()
        if message in records | recent:
            return f"m{message} was stored before", set_send(s, send, stored)
        if s.archived and "send-archived" not in self.without:
            return refused
        if send.head != s.head and "send-seq" not in self.without:
            return f"the send of m{message} reads again", set_send(s, send, send._replace(done="read", head=s.head))
        after = s._replace(
            log=(*s.log, Entry(send.head + 1, f"m{message}", owner)),
            head=send.head + 1,
            pending=(*s.pending, message),
            records=s.records | {message},
            listed=False,
        )
        return f"m{message} is stored", set_send(after, send, stored)

    # --------------------------------------------------------------------------------------------------------- turns
    def _receive(self, s: State) -> Iterator[Step]:
        if None not in s.workers:
            return
        number = s.workers.index(None)
        jobs = s.queue[:1] if s.held is None else s.queue[1:] if "queue-group" in self.without else ()
        for message, in_order in jobs:
            done = "loaded"
            if message not in s.pending:
                done = "ignored" if "turn-redelivered" in self.without else "redelivered"
            elif s.pending[0] != message and not in_order and "turn-order" not in self.without:
                done = "overtaking"
            worker = Worker(message, done, s.head, s.owner, s.archived, s.owner)
            received = s._replace(held=number if s.held is None else s.held).set_worker(number, worker)
            names = [f"m{message}"] if done == "loaded" else []
            yield f"worker {number} receives m{message}", received.broadcast(s.owner, *names)

    def _continue_turn(self, s: State, number: int, worker: Worker) -> Iterator[Step]:
        message, who = worker.message, f"worker {number}"
        if worker.done == "overtaking":
            queued = s
            for earlier in s.pending[: s.pending.index(message)] if message in s.pending else ():
                queued = queued if "requeue-in-order" in self.without else queued.put(earlier, in_order=True)
            queued = queued if "requeue-deduplication" in self.without else queued.put(message, in_order=True)
            yield f"{who} queues m{message} after the earlier ones", queued.end_worker(number, delete=True)
        elif worker.done == "loaded" and "effect" in self.does:
            yield from self._take_lease(s, number, worker)
        elif worker.done == "leased":
            had = s._replace(journal=_record(s, message, "done"), effects=(*s.effects, message))
            yield f"{who} has the effect of m{message}", had.set_worker(number, worker._replace(done="ran"))
        elif worker.done == "loaded" and "stop" in self.does:
            is_named = s.request == (message, message) or (s.request is not None and "stop-stale" in self.without)
            yield f"{who} looks at stops", s.set_worker(number, worker._replace(done="ran", stopped=is_named))
        elif worker.done in ("loaded", "ran"):
            yield self._commit(s, number, worker)
        else:
            owner = worker.loaded if "turn-sent-as-written" in self.without else worker.owner
            names = [] if worker.done == "ignored" else [f"a{message}", f"s{message}"]
            names += [f"m{message}"] if worker.done == "redelivered" else []
            yield f"{who} delivers a{message}", s.broadcast(owner, *names).end_worker(number, delete=True)

    def _take_lease(self, s: State, number: int, worker: Worker) -> Iterator[Step]:
        entry = dict(s.journal).get(worker.message)
        if entry == "done" and "journal" not in self.without:
            yield f"worker {number} finds the effect done", s.set_worker(number, worker._replace(done="ran"))
        elif entry in (None, "done") or "journal-lease-held" in self.without:
            leased = s._replace(journal=_record(s, worker.message, f"worker {number}"))
            yield f"worker {number} takes the lease", leased.set_worker(number, worker._replace(done="leased"))

    def _commit(self, s: State, number: int, worker: Worker) -> Step:
        message = worker.message
        if message not in s.pending and "turn-once" not in self.without:
            written = worker._replace(done="written", owner=s.owner)
            return f"worker {number} finds m{message} answered", s.set_worker(number, written)
        changed = {
            "turn-seq": worker.head != s.head,
            "turn-owner": worker.owner != s.owner,
            "turn-status": worker.archived != s.archived,
        }
        if any(is_changed for name, is_changed in changed.items() if name not in self.without):
            current = worker._replace(head=s.head, owner=s.owner, archived=s.archived)
            return f"worker {number} reads the conversation again", s.set_worker(number, current)
        answer = Entry(worker.head + 1, f"{'s' if worker.stopped else 'a'}{message}", worker.owner)
        pending = tuple(each for each in s.pending if each != message)
        stored = s._replace(log=(*s.log, answer), head=answer.seq, pending=pending, listed=worker.archived)
        return f"worker {number} stores {answer.name}", stored.set_worker(number, worker._replace(done="written"))

    # ------------------------------------------------------------------------------------------- devices and resume
    def _resume(self, s: State, number: int, device: Device) -> Iterator[Step]:
        """Connect, and then read the conversation, and then its messages after the last one without a gap."""
        if (
            device.done == ""
            and device.owner == VISITOR
            and s.owner == USER
            and "claim-token-revoked" not in self.without
        ):
            yield f"device {number} cannot connect", s.set_device(number, device._replace(done="closed"))
        elif device.done == "":
            yield f"device {number} connects", s.set_device(number, device._replace(done="open", archived=s.archived))
        elif device.done == "open" and s.owner == device.owner and s.claim[0] in ("", "read", "claimed"):
            row = device._replace(done="row", upto=s.head)
            yield f"device {number} resumes", s.set_device(number, row)
        elif device.done == "row" and s.owner != device.owner and "resume-claimed" not in self.without:
            yield f"device {number} is refused", s.set_device(number, device._replace(done="refused"))
        elif device.done == "row":
            yield from self._send_missed(s, number, device)

    def _send_missed(self, s: State, number: int, device: Device) -> Iterator[Step]:
        seqs = {seq for seq, _ in device.shown}
        after = next(seq for seq in range(len(seqs) + 1) if seq + 1 not in seqs)
        first = max(seqs, default=0) if "client-gap" in self.without else after
        read = frozenset(entry[:2] for entry in s.log if entry.table == device.owner and entry.seq > first)
        upto = max([device.upto, *(seq for seq, _ in read)])
        resumed = device._replace(done="resumed", shown=device.shown | read, upto=upto)
        yield f"device {number} is sent what it missed", s.set_device(number, resumed)
        if "read-consistent" in self.without:
            old = frozenset(entry for entry in read if entry[0] != s.head)
            missing = device._replace(done="resumed", shown=device.shown | old, upto=upto)
            yield f"device {number} is sent what an old copy has", s.set_device(number, missing)

    # ----------------------------------------------------------------------------------------- claim, archive, stop
    def _claim(self, s: State) -> Iterator[Step]:
        done, head, pending = s.claim
        if done == "" or (
            done == "read" and (head, pending) != (s.head, s.pending) and "claim-seq" not in self.without
        ):
            read = "moved" if s.owner == USER else "read"
            yield "the claim reads the messages", s._replace(claim=(read, s.head, s.pending))
        elif done == "read":
            log = tuple(entry._replace(table=USER) if entry.seq <= head else entry for entry in s.log)
            moved = s._replace(log=log, owner=USER, claimed_at=s.head, claim=("moved", 0, ()))
            yield "the claim moves the conversation", moved
        elif done == "moved":
            devices = tuple(
                each._replace(done="closed") if each.owner == VISITOR and each.done else each for each in s.devices
            )
            is_told = "claim-notifies" not in self.without
            closed = s._replace(claim=("claimed", 0, ()), devices=devices if is_told else s.devices)
            yield "the claim closes the visitor's connections", closed

    def _archive(self, s: State) -> Iterator[Step]:
        if s.archive == "":
            at = s.head if s.archived_at is None else s.archived_at
            archived = s._replace(archive="stored", archived=True, listed=True, archived_at=at)
            yield "the conversation is archived", archived
        elif s.archive == "stored":
            told = tuple(each if each.done == "" else each._replace(archived=True) for each in s.devices)
            is_told = "archive-notifies" not in self.without
            yield "the devices are told", s._replace(archive="told", devices=told if is_told else s.devices)


def _stop(s: State) -> Iterator[Step]:
    """Stop the answer that is being generated, by its name; the function finds out which turn that is."""
    done, named = s.stop
    if done == "":
        for worker in s.workers:
            if worker is not None and worker.done == "loaded":
                yield f"a device stops a{worker.message}", s._replace(stop=("asked", worker.message))
    elif done == "asked":
        request = (s.pending[0], named) if s.pending else None
        yield "the stop is processed", s._replace(stop=("done", named), request=request)


def _crash(s: State) -> Iterator[Step]:
    for send in s.sends:
        yield f"the send of m{send.message} dies", set_send(s, send, None)
    for number, worker in enumerate(s.workers):
        if worker is not None:
            journal = tuple(entry for entry in s.journal if entry[1] != f"worker {number}")
            yield f"worker {number} dies", s._replace(journal=journal).end_worker(number, delete=False)
    for number, device in enumerate(s.devices):
        if device.done == "row":
            yield f"the resume of device {number} dies", s.set_device(number, device._replace(done="open"))
    if s.claim[0] in ("read", "moved"):
        yield "the claim dies", s._replace(claim=("", 0, ()))
    if s.archive == "stored":
        yield "the archiving dies", s._replace(archive="")


def add_send(s: State, send: Send) -> State:
    """Return the state in which a send has begun."""
    return s.settle(send.message, "sending")._replace(sends=tuple(sorted((*s.sends, send))))


def set_send(s: State, send: Send, following: Send | None) -> State:
    """Return the state in which a send has gone on, or has ended with None."""
    sends = list(s.sends)
    sends.remove(send)
    return s._replace(sends=tuple(sorted([*sends, following] if following else sends)))


def _record(s: State, message: int, entry: str) -> tuple[tuple[int, str], ...]:
    return tuple(sorted({**dict(s.journal), message: entry}.items()))
