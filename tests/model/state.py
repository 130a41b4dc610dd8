"""The state of the model, and what the contract promises of it (``INVARIANTS`` always, ``OUTCOMES`` in the end)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

VISITOR, USER = "visitor", "user"


class Entry(NamedTuple):
    """A stored message: ``m1`` of a user, ``a1`` its answer, ``s1`` if that was stopped; and whose table it is in."""

    seq: int
    name: str
    table: str


class Send(NamedTuple):
    """A running send, what it has ``done``, and the last ``seq`` that it knows."""

    message: int
    done: str
    head: int


class Worker(NamedTuple):
    """A running turn, what it has ``done``, and the conversation as it knows it; ``loaded`` is the first owner."""

    message: int
    done: str
    head: int
    owner: str
    archived: bool
    loaded: str
    stopped: bool = False


class Device(NamedTuple):
    """A device, what its connection and its resume have ``done``, what it shows, and up to which ``seq`` it should."""

    owner: str
    done: str
    shown: frozenset[tuple[int, str]] = frozenset()
    upto: int = 0
    archived: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its connection is open."""
        return self.done in _OPEN


class State(NamedTuple):
    """Everything that is stored, queued or running.

    ``settled`` is what the sender knows of each message. ``log`` to ``mark`` are stored: ``listed`` is the status in
    the list, ``records`` are the idempotency records; ``tests/model/inline.py`` explains ``recent`` and ``mark``.
    ``queue`` is the message group, whose first job is invisible while a worker holds it (``held``); ``accepted`` are
    the jobs that the queue would drop as duplicates. ``claimed_at`` and ``archived_at`` are the last ``seq`` at that
    time. The rest are the functions that run, and how many faults may still happen.
    """

    devices: tuple[Device, ...]
    settled: tuple[str, ...]
    owner: str
    crashes: int
    repeats: int
    losses: int
    log: tuple[Entry, ...] = ()
    head: int = 0
    pending: tuple[int, ...] = ()
    archived: bool = False
    listed: bool = False
    records: frozenset[int] = frozenset()
    recent: frozenset[int] = frozenset()
    mark: str = ""
    journal: tuple[tuple[int, str], ...] = ()
    effects: tuple[int, ...] = ()
    queue: tuple[tuple[int, bool], ...] = ()
    held: int | None = None
    accepted: frozenset[tuple[int, bool]] = frozenset()
    sends: tuple[Send, ...] = ()
    workers: tuple[Worker | None, ...] = (None, None)
    claim: tuple[str, int, tuple[int, ...]] = ("", 0, ())
    claimed_at: int | None = None
    archive: str = ""
    archived_at: int | None = None
    stop: tuple[str, int] = ("", 0)
    request: tuple[int, int] | None = None

    def set_device(self, number: int, device: Device) -> "State":
        """Return the state with another device."""
        return self._replace(devices=_set(self.devices, number, device))

    def set_worker(self, number: int, worker: Worker | None) -> "State":
        """Return the state with another worker, None if it has ended."""
        return self._replace(workers=_set(self.workers, number, worker))

    def settle(self, message: int, word: str) -> "State":
        """Return the state in which the sender knows this of its message; that it was delivered it knows for good."""
        return (
            self if self.settled[message] == "delivered" else self._replace(settled=_set(self.settled, message, word))
        )

    def put(self, message: int, *, in_order: bool) -> "State":
        """Return the state after a job was queued; the queue drops a duplicate."""
        job = message, in_order
        return self if job in self.accepted else self._replace(queue=(*self.queue, job), accepted=self.accepted | {job})

    def broadcast(self, owner: str, *names: str) -> "State":
        """Return the state after stored messages were sent to the open connections of an owner."""
        shown = {entry[:2] for entry in self.log if entry.name in names}
        devices = [
            each._replace(shown=each.shown | shown) if each.owner == owner and each.is_open else each
            for each in self.devices
        ]
        return self._replace(devices=tuple(devices))

    def end_worker(self, number: int, *, delete: bool) -> "State":
        """Return the state after a worker has ended; its job is deleted or visible again, if the worker holds it."""
        ended = self.set_worker(number, None)
        if self.held != number:
            return ended
        return ended._replace(held=None, queue=self.queue[1:] if delete else self.queue)


_OPEN = frozenset({"open", "row", "refused", "resumed"})


def _set[Item](items: Sequence[Item], index: int, item: Item) -> tuple[Item, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _is_nothing_lost(s: State) -> bool:
    names = {entry.name for entry in s.log if entry.table == s.owner}
    return all(f"m{message}" in names for message, word in enumerate(s.settled) if word == "delivered")


def _is_everything_answered(s: State) -> bool:
    stored = [entry.name for entry in s.log if entry.table == s.owner]
    answered = {name[1:] for name in stored if name[0] != "m"}
    return len(stored) == len(s.log) and not s.pending and {name[1:] for name in stored} == answered


def _is_nothing_doubled(s: State) -> bool:
    names = [entry.name.replace("s", "a") for entry in s.log]
    return len(names) == len(set(names)) and len(s.effects) == len(set(s.effects))


def _is_in_order(s: State) -> bool:
    asked = [entry.name[1:] for entry in s.log if entry.name[0] == "m"]
    answers = [entry.name[1:] for entry in s.log if entry.name[0] != "m"]
    return answers == asked[: len(answers)] and [entry.seq for entry in s.log] == list(range(1, s.head + 1))


def _is_seen_in_one_order(s: State) -> bool:
    stored = {entry[:2] for entry in s.log}
    return all(device.shown <= stored for device in s.devices)


def _has_no_gaps(s: State) -> bool:
    resumed = [device for device in s.devices if device.done == "resumed"]
    return all({seq for seq, _ in device.shown}.issuperset(range(1, device.upto + 1)) for device in resumed)


def _shows_everything(s: State) -> bool:
    stored = {entry[:2] for entry in s.log}
    return all(
        device.done == "resumed" and device.shown == stored and device.archived == s.archived
        for device in s.devices
        if device.owner == s.owner
    )


def _is_isolated(s: State) -> bool:
    if s.claimed_at is None:
        return all(not device.shown for device in s.devices if device.owner != s.owner)
    shown = {seq for device in s.devices if device.owner != s.owner for seq, _ in device.shown}
    return all(seq <= s.claimed_at for seq in shown)


def _is_closed_when_archived(s: State) -> bool:
    after = [entry for entry in s.log if s.archived_at is not None and entry.seq > s.archived_at]
    return s.listed == s.archived and all(entry.name[0] != "m" for entry in after)


def _is_stopped_as_named(s: State) -> bool:
    return all(entry.name == f"s{s.stop[1]}" for entry in s.log if entry.name[0] == "s")


INVARIANTS: Mapping[str, Callable[[State], bool]] = {
    "1 nothing acknowledged is lost: it is stored where its owner reads": _is_nothing_lost,
    "2 nothing is doubled: no message, no answer, no effect": _is_nothing_doubled,
    "3 order: seq is 1, 2, 3 …, and messages are answered in order": _is_in_order,
    "3 order: every device shows what is stored, at its place": _is_seen_in_one_order,
    "4 no gaps: a device that has resumed shows everything up to last_seq": _has_no_gaps,
    "5 isolation: no other owner is shown anything": _is_isolated,
    "archived: nothing is sent to it any more, and the list says so": _is_closed_when_archived,
    "stop: only the answer that was named ends": _is_stopped_as_named,
}


def _is_closed_after_claim(s: State) -> bool:
    return s.claimed_at is None or all(device.owner == s.owner or device.done == "closed" for device in s.devices)


OUTCOMES: Mapping[str, Callable[[State], bool]] = {
    "1 nothing acknowledged is lost: everything stored is answered": _is_everything_answered,
    "4 no gaps: every device shows everything, and the status": _shows_everything,
    "5 isolation: after a claim no connection of the visitor is open": _is_closed_after_claim,
}
