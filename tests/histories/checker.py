"""Check the guarantees of the contract on a recorded history; this file imports nothing of the project.

``python tests/histories/checker.py FILE...`` prints each claim with the number of facts that were checked, and for each
broken claim the smallest piece of the history that breaks it. The exit code is 0 if all claims hold, 1 if one is
broken, 2 if a file is no history. ``tests/histories/README.md`` documents the format of the lines and the claims.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

type Fields = Mapping[str, Any]

PREVIEW_LENGTH = 200
"""Length of ``last_message`` in a list, in characters."""
REFUSALS = frozenset({"invalid_message", "conflict", "forbidden", "not_found", "payload_too_large"})
"""The ``error`` words after which a message is not stored, also later."""
STATUS_FRAMES = {"archived": "archived", "reopened": "active", "deleted": "deleted"}
"""The statuses that devices are notified of, by the ``status`` of the frame."""
_READS = ("get_history", "get_conversation")
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a claim says about a history.

    Attributes
    ----------
    holds
        Whether the history agrees.
    sentence
        What is wrong if not.
    lines
        The numbers of the lines that show it, from 1.
    """

    holds: bool
    sentence: str
    lines: tuple[int, ...]


type Facts = Iterator[Fact]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A message as a device or a reader saw it, and in which line."""

    line: int
    conversation: str
    message: Fields
    user: str


@dataclass(slots=True)
class Request:
    """A REST request; without a response ``answered_at`` is after every line."""

    line: int
    device: str
    user: str
    operation: str
    conversation: str | None
    query: Fields
    body: Fields
    answered_at: int = _NEVER
    status: int | None = None
    response: Fields = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the client knows that the request was executed."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(slots=True)
class Connection:
    """A connection, the frames that arrived at its device (by line), and those that its device sent.

    ``asked`` says whether the device asked for quick replies within messages only.
    """

    name: str
    device: str
    user: str
    asked: bool
    connected_at: int = _NEVER
    closed_at: int = _NEVER
    frames: list[tuple[int, Fields]] = field(default_factory=list)
    sent: list[tuple[int, Fields]] = field(default_factory=list)


@dataclass(slots=True)
class Sent:
    """A message that a user sent, perhaps several times under the same ``client_message_id``."""

    key: str
    content: str
    conversation: str | None
    line: int
    acknowledged: list[tuple[int, Fields]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    devices: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Reading:
    """The messages of a conversation as one request returned them."""

    asked_at: int
    line: int
    conversation: str
    messages: Sequence[Fields]
    complete: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A request that sets the status of a conversation: ``active``, ``archived`` or ``deleted``."""

    conversation: str
    status: str
    asked_at: int
    answered_at: int
    succeeded: bool


class NoHistoryError(Exception):
    """A file is no history."""


class History:
    """What the lines of a history say, in the order of the lines.

    Attributes
    ----------
    lines
        The events, line 1 first.
    settled_at
        The line after which nothing is pending any more, and devices catch up.
    sent
        The messages that users sent, by ``client_message_id``.
    finals
        The last complete reading of each conversation after everything was settled.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self.lines = [_parse(text, number) for number, text in enumerate(texts, start=1)]
        self.users: dict[str, str] = {}
        self.visitors: set[str] = set()
        self.bots: dict[str, Fields] = {}
        self.requests: dict[int, Request] = {}
        self.connections: dict[str, Connection] = {}
        self.sent: dict[str, Sent] = {}
        self.sightings: list[Sighting] = []
        self.readings: list[Reading] = []
        self.shown: list[tuple[int, Fields]] = []
        self.others: defaultdict[str, list[tuple[int, Fields]]] = defaultdict(list)
        self.bots_of: dict[str, str] = {}
        self.settled_at = _NEVER
        for number, line in enumerate(self.lines, start=1):
            read = getattr(self, f"_read_{line['event']}", None)
            if read is None:
                self.others[line["event"]].append((number, line))
            else:
                read(number, line)
        self._add_resumed_readings()
        self.finals = self._find_finals()

    # ------------------------------------------------------------------------------------------------ reading lines
    def _read_bot(self, _: int, line: Fields) -> None:
        self.bots[line["bot_id"]] = line

    def _read_device(self, _: int, line: Fields) -> None:
        self.users[line["device"]] = line["user"]
        if line.get("visitor"):
            self.visitors.add(line["user"])

    def _read_settled(self, number: int, _: Fields) -> None:
        self.settled_at = number

    def _read_shown(self, number: int, line: Fields) -> None:
        self.shown.append((number, line))

    def _read_request(self, number: int, line: Fields) -> None:
        device = line["device"]
        request = Request(
            number, device, self.users[device], line["operation"], bare(line.get("conversation")),
            line.get("query") or {}, line.get("body") or {},
        )  # fmt: skip
        self.requests[line["request"]] = request
        if request.operation == "send_message":
            self._send(number, device, request.conversation, request.body)

    def _read_response(self, number: int, line: Fields) -> None:
        request = self.requests[line["request"]]
        if line["status"] is None:
            return
        request.answered_at, request.status, request.response = number, line["status"], line.get("body") or {}
        match request.operation:
            case "send_message":
                self._answer(number, str(request.body.get("client_message_id")), request)
            case "start_conversation" if request.succeeded:
                conversation = bare(request.response["session_id"])
                self.bots_of.setdefault(str(conversation), request.body.get("bot_id") or "default")
            case "get_history" if request.succeeded:
                self._add_page(request)
            case "list_conversations" if request.succeeded:
                self.bots_of.update({str(bare(row["id"])): row["bot_id"] for row in request.response["conversations"]})

    def _answer(self, number: int, key: str, request: Request) -> None:
        if request.succeeded:
            self._acknowledge(number, key, request.response, request.user)
        elif request.response.get("error") in REFUSALS:
            self.sent[key].refused.append((number, request.response["error"]))

    def _add_page(self, request: Request) -> None:
        conversation, messages = str(request.conversation), request.response["messages"]
        complete = not request.response["has_more"] and not {"before", "after"} & request.query.keys()
        self.readings.append(Reading(request.line, request.answered_at, conversation, messages, complete))
        self._see(request.answered_at, conversation, messages, request.user)

    def _read_open(self, _: int, line: Fields) -> None:
        device = line["device"]
        asked = line.get("suggestions") == "message"
        self.connections[line["connection"]] = Connection(line["connection"], device, self.users[device], asked)

    def _read_close(self, number: int, line: Fields) -> None:
        connection = self.connections[line["connection"]]
        connection.closed_at = min(connection.closed_at, number)

    def _read_sent(self, number: int, line: Fields) -> None:
        connection, frame = self.connections[line["connection"]], line["frame"]
        connection.sent.append((number, frame))
        if frame["type"] == "message":
            self._send(number, connection.device, bare(frame.get("session_id")), frame)

    def _read_frame(self, number: int, line: Fields) -> None:
        connection, frame = self.connections[line["connection"]], line["frame"]
        conversation = str(bare(frame.get("session_id")))
        self.others["accepted"].append((number, line))
        if not line.get("arrived", True):
            return
        connection.frames.append((number, frame))
        match frame:
            case {"type": "message"}:
                self._see(number, conversation, [frame], connection.user)
            case {"type": "status", "status": "connected"}:
                connection.connected_at = min(connection.connected_at, number)
                self.bots_of[conversation] = frame["bot_id"]
            case {"type": "status", "status": "delivered"}:
                self._acknowledge(number, str(frame.get("client_message_id")), frame, connection.user)
            case {"type": "error", "client_message_id": key, "error": word} if word in REFUSALS and key in self.sent:
                self.sent[key].refused.append((number, word))

    def _send(self, number: int, device: str, conversation: str | None, body: Fields) -> None:
        key = str(body.get("client_message_id"))
        sent = self.sent.setdefault(key, Sent(key, body["content"], conversation, number))
        sent.conversation = sent.conversation or conversation
        sent.devices.add(device)

    def _acknowledge(self, number: int, key: str, acknowledgement: Fields, user: str) -> None:
        sent = self.sent.get(key)
        if sent is None:
            return
        sent.acknowledged.append((number, acknowledgement))
        sent.conversation = sent.conversation or bare(acknowledgement.get("session_id"))
        fields = {name: acknowledgement[name] for name in ("seq", "timestamp")}
        message = {"id": acknowledgement["message_id"], "sender": "user", "content": sent.content, **fields}
        self._see(number, str(sent.conversation), [message], user)

    def _see(self, number: int, conversation: str, messages: Iterable[Fields], user: str) -> None:
        self.sightings += [Sighting(number, conversation, message, user) for message in messages]

    # -------------------------------------------------------------------------------------------------- conclusions
    def _add_resumed_readings(self) -> None:
        """Add what a resume without ``after`` has brought."""
        for connection, asked_at, frame, end, resumed in self.list_resumes():
            if not frame.get("after") and not resumed.get("limited"):
                conversation = str(bare(frame["session_id"]))
                found = {each["seq"]: each for each in _list_between(connection, conversation, asked_at, end)}
                messages = [found[seq] for seq in sorted(found) if seq <= resumed["last_seq"]]
                self.readings.append(Reading(asked_at, end, conversation, messages, complete=True))

    def _find_finals(self) -> dict[str, Reading]:
        found = [reading for reading in self.readings if reading.complete and reading.asked_at > self.settled_at]
        return {reading.conversation: reading for reading in sorted(found, key=lambda reading: reading.line)}

    def list_resumes(self) -> Iterator[tuple[Connection, int, Fields, int, Fields]]:
        """Yield each resume that was answered by ``resumed`` before the next one, with the lines of both frames."""
        for connection in self.connections.values():
            for asked_at, frame in connection.sent:
                if frame["type"] != "resume":
                    continue
                same = [line for line, each in connection.sent if line > asked_at and _asks_alike(each, frame)]
                until = min(same, default=_NEVER)
                ends = [(line, each) for line, each in connection.frames if asked_at < line < until]
                # The last one: an earlier request may be answered late.
                ends = [each for each in ends if _ends(each[1], frame)]
                if ends and ends[-1][1].get("status") == "resumed":
                    yield connection, asked_at, frame, *ends[-1]

    @cached_property
    def changes(self) -> list[Change]:
        """The changes of statuses, in the order of their requests; without those that were refused."""
        return [change for request in self.requests.values() for change in self._list_changes(request)]

    def _list_changes(self, request: Request) -> Iterator[Change]:
        ids, status = [str(request.conversation)], "deleted"
        match request.operation:
            case "update_conversation" if "status" in request.body:
                status = request.body["status"]
            case "delete_me":
                ids = self.list_owned(request.user, request.line)
            case "delete_conversation":
                pass
            case _:
                return
        # A conversation that is not found was deleted by an earlier try.
        done = request.succeeded or (status == "deleted" and request.status == 404)
        if done or request.status is None or request.status >= 500:
            yield from (Change(each, status, request.line, request.answered_at, done) for each in ids)

    def find_status(self, conversation: str, asked_at: int, answered_at: int) -> tuple[str, int] | None:
        """Return the status that a reading must show, and the line that says so; None if another change overlaps."""
        changes = [each for each in self.changes if each.conversation == conversation and each.asked_at < answered_at]
        before = [each for each in changes if each.succeeded and each.answered_at < asked_at]
        if not before:
            return None
        last = max(before, key=lambda change: change.asked_at)
        # A change that has failed may still happen.
        others = [each for each in changes if not each.succeeded or each.answered_at > last.asked_at]
        if any(each.status != last.status for each in others):
            return None
        return last.status, last.answered_at

    @cached_property
    def gains(self) -> list[tuple[int, str, str, bool]]:
        """How users get conversations: line, conversation, user, and whether by a claim; in order."""
        found = [
            (line, str(bare(frame["session_id"])), connection.user, False)
            for connection in self.connections.values()
            for line, frame in connection.frames
            if frame.get("status") == "connected"
        ]
        for request in self.requests.values():
            if request.succeeded and request.operation == "start_conversation":
                found.append((request.answered_at, str(bare(request.response["session_id"])), request.user, False))
            if request.succeeded and request.operation == "claim_conversation":
                found.append((request.answered_at, str(bare(request.response["id"])), request.user, True))
        return sorted(found)

    def list_owned(self, user: str, line: int = _NEVER) -> list[str]:
        """Return the conversations that a user has got until a line; what a visitor had may be claimed since."""
        return list(dict.fromkeys(each for at, each, owner, _ in self.gains if owner == user and at < line))

    def find_deletion(self, conversation: str) -> int:
        """Return the line from which on a conversation is known to be deleted."""
        deletions = [each for each in self.changes if each.conversation == conversation and each.succeeded]
        return min((each.answered_at for each in deletions if each.status == "deleted"), default=_NEVER)

    def has_fault(self, *services: str) -> bool:
        """Return whether a fault of a service was injected before everything was settled."""
        return any(line["service"] in services for _, line in self.others["fault"])

    def may_be_deaf(self) -> bool:
        """Return whether a device may be open that missed a frame and could not be closed."""
        return any(
            line["service"] == "sockets" and line.get("name") != "PostToConnection" for _, line in self.others["fault"]
        )

    def list_open(self) -> list[Connection]:
        """Return the connections that were open when everything was settled."""
        return [each for each in self.connections.values() if each.connected_at < self.settled_at < each.closed_at]


# ------------------------------------------------------------------------------------------------------------- claims
def check_stored(history: History) -> Facts:
    """What was acknowledged or shown is in the history at the end."""
    for sent in history.sent.values():
        for line, acknowledgement in sent.acknowledged:
            yield from _find_in_final(history, sent.conversation, acknowledgement["message_id"], (sent.line, line))
    for seen in history.sightings:
        if seen.line < history.settled_at:
            yield from _find_in_final(history, seen.conversation, seen.message["id"], (seen.line,))
    for request in history.requests.values():
        content = request.body.get("initial_message")
        if request.operation == "start_conversation" and request.succeeded and content:
            final = history.finals.get(str(bare(request.response["session_id"])))
            if final is not None:
                first = [message["content"] for message in final.messages[:1]]
                lines = (request.line, request.answered_at, final.line)
                yield Fact(first == [content], f"{content!r} is not the first message", lines)


def _find_in_final(history: History, conversation: str | None, message_id: str, lines: tuple[int, ...]) -> Facts:
    """Yield the fact that the last reading of a conversation has a message, if there is a reading."""
    final = history.finals.get(str(conversation))
    if final is not None:
        is_stored = any(message["id"] == message_id for message in final.messages)
        yield Fact(is_stored, f"{message_id} was acknowledged or shown, and is not stored", (*lines, final.line))


def check_stored_once(history: History) -> Facts:
    """No message is stored twice, no retry gets another acknowledgement, and only what was sent is stored."""
    for sent in history.sent.values():
        ids = {acknowledgement["message_id"] for _, acknowledgement in sent.acknowledged}
        lines = tuple(line for line, _ in sent.acknowledged)
        yield Fact(len(ids) <= 1, f"{sent.key} was acknowledged as {sorted(ids)}", (sent.line, *lines))
    for final in history.finals.values():
        yield from _check_keys(history, final)


def _check_keys(history: History, final: Reading) -> Facts:
    found: defaultdict[str, list[Fields]] = defaultdict(list)
    for message in final.messages:
        if message["sender"] == "user" and (message.get("client_message_id") or message["seq"] > 1):
            found[str(message.get("client_message_id"))].append(message)
    for key, messages in found.items():
        sent = history.sent.get(key)
        if sent is None:
            yield Fact(False, f"{messages[0]['id']} is stored, and nobody sent it", (final.line,))
            continue
        yield Fact(len(messages) == 1, f"{key} is stored {len(messages)} times", (sent.line, final.line))
        same = {message["content"] for message in messages} == {sent.content}
        yield Fact(same, f"{key} is stored with another content", (sent.line, final.line))
        refused = sent.refused[:1]
        lines = (*(line for line, _ in refused), final.line)
        yield Fact(not refused or bool(sent.acknowledged), f"{key} was refused and is stored", lines)


def check_numbered(history: History) -> Facts:
    """In every complete reading ``seq`` is 1, 2, 3 …, ids are unique, and timestamps do not decrease."""
    for reading in history.readings:
        seqs = [message["seq"] for message in reading.messages]
        first = seqs[0] if seqs and not reading.complete else 1
        yield Fact(seqs == list(range(first, first + len(seqs))), f"seq is {seqs}", (reading.line,))
        times = [message["timestamp"] for message in reading.messages]
        yield Fact(times == sorted(times), f"timestamps decrease: {times}", (reading.line,))
        ids = [message["id"] for message in reading.messages]
        yield Fact(len(set(ids)) == len(ids), "two messages have the same id", (reading.line,))


def check_one_order(history: History) -> Facts:
    """Every device and every reader sees a message at the same place, and the same message at a place."""
    by_id: dict[str, Sighting] = {}
    by_place: dict[tuple[str, int], Sighting] = {}
    for seen in history.sightings:
        first = by_id.setdefault(seen.message["id"], seen)
        names = [each for each in ("seq", "sender", "content", "timestamp") if each in first.message]
        cut = seen.message.get("truncated") or first.message.get("truncated")
        names = [each for each in names if each in seen.message and not (cut and each == "content")]
        different = [each for each in names if first.message[each] != seen.message[each]]
        sentence = f"{seen.message['id']} was seen with another {different}"
        yield Fact(not different and first.conversation == seen.conversation, sentence, (first.line, seen.line))
        other = by_place.setdefault((seen.conversation, seen.message["seq"]), seen)
        holds = other.message["id"] == seen.message["id"]
        yield Fact(holds, f"two messages were seen with seq {seen.message['seq']}", (other.line, seen.line))


def check_answered(history: History) -> Facts:
    """Each message is answered completely, once, in its order, or is a dead letter."""
    for final in history.finals.values():
        bot = history.bots.get(history.bots_of.get(final.conversation, ""))
        if bot is not None:
            yield _parse_answers(history, final, bot)


def _parse_answers(history: History, final: Reading, bot: Fields) -> Fact:
    """Return the fact that the bot's messages are the greeting, if any, and the answers to the questions in order."""
    replies = [message for message in final.messages if message["sender"] == "bot"]
    parser = _Answers(history, final, bot, replies)
    ends = {0, *parser.list_ends(None, 0)}
    for question in [message for message in final.messages if message["sender"] == "user"]:
        if question["content"] not in bot["answers"]:
            return Fact(True, "", ())
        ends = {end for at in ends for end in parser.list_ends(question, at)}
        if not ends:
            told = [f"{each['seq']} {each['content']!r}" for each in replies]
            sentence = f"{question['content']!r} ({question['seq']}) is not answered in its turn: {told}"
            return Fact(False, sentence, (final.line,))
    surplus = [reply["content"] for reply in replies[max(ends) :]]
    return Fact(not surplus, f"no message has the answers {surplus}", (final.line,))


@dataclass(frozen=True, slots=True)
class _Answers:
    """The messages of a bot in the last reading of a conversation."""

    history: History
    final: Reading
    bot: Fields
    replies: Sequence[Fields]

    def list_ends(self, question: Fields | None, at: int) -> Iterator[int]:
        """Yield where the turn for a question can end that begins at an index of the replies; None: the greeting."""
        complete = self.bot["greeting"] if question is None else self.bot["answers"][question["content"]]
        stops = _list_stops(self.history, self.final.conversation)
        unspoken = bool(self.bot.get("streams")) and _may_be_stopped(self.final, (), stops)
        if question is not None and (_is_dead(self.history, question["id"]) or unspoken):
            yield at
        # After the last message, a failure may be told in one more.
        for count in range(1, len(complete) + 2):
            turn = self.replies[at : at + count]
            seqs = [reply["seq"] for reply in turn]
            after = 0 if question is None else question["seq"]
            placed = bool(seqs) and seqs == list(range(seqs[0], seqs[0] + count)) and seqs[0] > after
            if placed and self._is_turn(complete, turn, stopped=_may_be_stopped(self.final, turn, stops)):
                yield at + count

    def _is_turn(self, complete: Sequence[str], turn: Sequence[Fields], *, stopped: bool) -> bool:
        """Return whether messages are a complete turn, or one that says rightly why it is not complete."""
        *before, last = turn
        texts = [(message["content"], message.get("finish_reason")) for message in before]
        if texts != [(text, None) for text in complete[: len(before)]]:
            return False
        content, following = last["content"], complete[len(before) : len(turn)]
        is_beginning = any(expected.startswith(content) for expected in following)
        match last.get("finish_reason"):
            case None:
                is_end = content in following and (len(turn) == len(complete) or stopped)
                return is_end or (content in self.bot.get("excuses", ()) and _may_fail(self.history))
            case "stopped":
                return is_beginning and stopped
            case "interrupted":
                return is_beginning and _may_fail(self.history)
        return False


def _may_fail(history: History) -> bool:
    """Return whether the engine of a bot may have failed, or an answer may have taken too long."""
    slow = any(line["kind"] in ("stalled", "slow") for _, line in history.others["fault"])
    return slow or history.has_fault("model", "bot_server") or bool(history.others["engine_failed"])


def _list_stops(history: History, conversation: str) -> list[str | None]:
    """Return the answers that devices have stopped, None for a stop without an id."""
    frames = [frame for connection in history.connections.values() for _, frame in connection.sent]
    stops = [frame for frame in frames if frame["type"] == "stop"]
    return [frame.get("id") for frame in stops if bare(frame["session_id"]) == conversation]


def _may_be_stopped(final: Reading, turn: Sequence[Fields], stops: Sequence[str | None]) -> bool:
    """Return whether a turn may be what a stop named; an answer gets another id if the user writes meanwhile."""
    ids, stored = {message["id"] for message in turn}, {message["id"] for message in final.messages}
    return any(stop is None or stop in ids or stop not in stored for stop in stops)


def _is_dead(history: History, message_id: str) -> bool:
    return any(line.get("message_id") == message_id for _, line in history.others["dead_letter"])


def check_failures_reported(history: History) -> Facts:
    """A message whose answer failed for good is reported to the devices that are open."""
    if history.may_be_deaf():
        return
    for number, line in history.others["dead_letter"]:
        seen = [each for each in history.sightings if each.message["id"] == line.get("message_id")]
        for connection in history.list_open() if seen else ():
            if connection.user == seen[0].user and connection.connected_at < seen[0].line:
                told = any(frame.get("message_id") == line["message_id"] for _, frame in connection.frames)
                sentence = f"{connection.name} was not told that {line['message_id']} failed"
                yield Fact(told, sentence, (seen[0].line, number))


def check_resumed(history: History) -> Facts:
    """A resume brings every message after the one it names up to ``last_seq``, in order."""
    seqs = {seen.message["id"]: seen.message["seq"] for seen in history.sightings}
    for connection, asked_at, frame, end, resumed in history.list_resumes():
        if resumed.get("limited"):
            continue
        following = seqs.get(frame.get("after"), 0) + 1
        found = _list_between(connection, str(bare(frame["session_id"])), asked_at, end)
        for message in found:
            following += message["seq"] == following
        sentence = f"resumed up to {resumed['last_seq']}, and {following} did not arrive in order"
        yield Fact(following > resumed["last_seq"], sentence, (asked_at, end))


def check_live(history: History) -> Facts:
    """An open device receives every message that is stored while it is open, or sees by ``seq`` that it missed it."""
    if history.may_be_deaf():
        return
    for connection in history.list_open():
        received = _list_received(history, connection)
        last = {each: max(seq for other, seq in received if other == each) for each, _ in received}
        for conversation in history.list_owned(connection.user):
            final = history.finals.get(conversation)
            if final is None or _is_lost_to(history, connection.user, conversation):
                continue
            first, line = _find_first(history, connection, conversation)
            # A device that catches up may begin a conversation.
            for message in final.messages if line < history.settled_at else ():
                if message["seq"] >= first:
                    sentence = f"{connection.name} was open and did not receive {message['seq']} of {conversation}"
                    sees_gap = history.has_fault("sockets") and message["seq"] < last.get(conversation, 0)
                    holds = sees_gap or (conversation, message["seq"]) in received
                    yield Fact(holds, sentence, (line, final.line))


def _list_received(history: History, connection: Connection) -> set[tuple[str, int]]:
    """Return the messages that a connection has received; the device that sent one gets an acknowledgement."""
    frames = [frame for line, frame in connection.frames if line < history.settled_at and frame["type"] == "message"]
    received = {(str(bare(frame["session_id"])), frame["seq"]) for frame in frames}
    for sent in history.sent.values():
        for line, acknowledgement in sent.acknowledged:
            if connection.device in sent.devices and line < history.settled_at:
                received.add((str(sent.conversation), acknowledgement["seq"]))
    return received


def _is_lost_to(history: History, user: str, conversation: str) -> bool:
    """Return whether another user has claimed a conversation from this one."""
    return any(claim and each == conversation and owner != user for _, each, owner, claim in history.gains)


def _find_first(history: History, connection: Connection, conversation: str) -> tuple[int, int]:
    """Return the first ``seq`` that was certainly stored while a connection was open, and the line that shows it."""
    for request in history.requests.values():
        is_claim = request.operation == "claim_conversation" and request.succeeded
        if is_claim and bare(request.response["id"]) == conversation and request.answered_at > connection.connected_at:
            return request.response["last_seq"] + 1, request.answered_at
    for line, each in history.others["stored"]:
        if each["connection"] == connection.name and each["conversation"] == conversation:
            return each["last_seq"] + 1, line
    gained = min(line for line, each, user, _ in history.gains if each == conversation and user == connection.user)
    if gained >= connection.connected_at:
        return 1, gained
    later = [
        sent
        for sent in history.sent.values()
        if sent.conversation == conversation and sent.line > connection.connected_at
    ]
    known = [(ack["seq"], sent.line) for sent in later for _, ack in sent.acknowledged]
    return min(known, default=(_NEVER, connection.connected_at))


def check_read_after_write(history: History) -> Facts:
    """A reading that begins after an acknowledgement has the message, and one after a change of status the status."""
    acknowledged = [(line, sent, each) for sent in history.sent.values() for line, each in sent.acknowledged]
    for reading in history.readings:
        # `stored` is about the readings after everything.
        if not reading.complete or reading.asked_at > history.settled_at:
            continue
        ids = {message["id"] for message in reading.messages}
        for line, sent, each in acknowledged:
            if sent.conversation == reading.conversation and line < reading.asked_at:
                sentence = f"{each['message_id']} was acknowledged and is not in the next reading"
                yield Fact(each["message_id"] in ids, sentence, (line, reading.asked_at, reading.line))
    for request in history.requests.values():
        if request.operation == "get_conversation" and request.succeeded:
            yield from _check_status(history, request, str(request.conversation), request.response["status"])


def _check_status(history: History, request: Request, conversation: str, status: str) -> Facts:
    expected = history.find_status(conversation, request.line, request.answered_at)
    if expected is not None:
        sentence = f"{conversation} is {expected[0]} and was read as {status}"
        yield Fact(status == expected[0], sentence, (expected[1], request.line, request.answered_at))


def check_archived(history: History) -> Facts:
    """An archived conversation accepts no message."""
    for sent in history.sent.values():
        for line, acknowledgement in sent.acknowledged[:1]:
            expected = history.find_status(str(sent.conversation), sent.line, line)
            archived = expected is not None and expected[0] == "archived"
            lines = (*([] if expected is None else [expected[1]]), sent.line, line)
            yield Fact(not archived, f"{acknowledgement['message_id']} was accepted by an archived conversation", lines)


def check_statuses_notified(history: History) -> Facts:
    """Open devices know the last status of a conversation: archived, reopened or deleted."""
    if history.has_fault("sockets"):
        return
    for connection in history.list_open():
        for conversation in history.list_owned(connection.user):
            expected = history.find_status(conversation, history.settled_at, history.settled_at)
            told = [
                (line, STATUS_FRAMES[frame["status"]])
                for line, frame in connection.frames
                if frame.get("status") in STATUS_FRAMES and bare(frame.get("session_id")) == conversation
            ]
            changes = [each for each in history.changes if each.conversation == conversation]
            began = all(each.asked_at > connection.connected_at for each in changes)
            if expected is None or not began or _is_lost_to(history, connection.user, conversation):
                continue
            last = told[-1][1] if told else "active"
            sentence = f"{connection.name} was told that {conversation} is {last}, and it is {expected[0]}"
            yield Fact(last == expected[0], sentence, (expected[1], *(line for line, _ in told[-1:])))


def check_deleted(history: History) -> Facts:
    """What was deleted cannot be read or listed any more."""
    for request in history.requests.values():
        if request.operation in _READS and request.line > history.find_deletion(str(request.conversation)):
            deleted_at = history.find_deletion(str(request.conversation))
            sentence = f"{request.conversation} was deleted and can be read"
            yield Fact(not request.succeeded, sentence, (deleted_at, request.line, request.answered_at))
        if request.operation == "list_conversations" and request.succeeded:
            for row in request.response["conversations"]:
                deleted_at = history.find_deletion(str(bare(row["id"])))
                lines = (deleted_at, request.line, request.answered_at)
                yield Fact(request.line < deleted_at, f"{row['id']} was deleted and is listed", lines)


def check_claimed(history: History) -> Facts:
    """A claimed conversation is the user's alone: no visitor receives more of it, or opens it by its token."""
    for claim in history.requests.values():
        if claim.operation != "claim_conversation" or not claim.succeeded:
            continue
        conversation, last_seq = str(bare(claim.response["id"])), claim.response["last_seq"]
        for number, line in history.others["accepted"]:
            connection, frame = history.connections[line["connection"]], line["frame"]
            mine = connection.user == claim.user
            if frame["type"] == "message" and bare(frame["session_id"]) == conversation and not mine:
                sentence = f"{connection.name} received {frame['seq']}, which was stored after the claim"
                yield Fact(frame["seq"] <= last_seq, sentence, (claim.answered_at, number))
        yield from _check_token(history, claim)


def _check_token(history: History, claim: Request) -> Facts:
    for request in history.requests.values():
        token = request.body.get("session_token")
        same = token == claim.body["session_token"] and request is not claim
        if same and request.operation == "connect" and request.line > claim.answered_at:
            sentence = "a visitor's token opens a connection after the claim"
            yield Fact(not request.succeeded, sentence, (claim.answered_at, request.line, request.answered_at))
        if same and request.operation == "claim_conversation" and request.succeeded:
            sentence = f"{claim.user} and {request.user} have claimed the same conversation"
            yield Fact(request.user == claim.user, sentence, (claim.answered_at, request.answered_at))


def check_isolated(history: History) -> Facts:
    """Nobody receives or reads anything of somebody else's conversation."""
    allowed: defaultdict[str, set[str]] = defaultdict(set)
    gained: dict[str, int] = {}
    for gained_at, conversation, user, is_claim in history.gains:
        if is_claim or not allowed[conversation]:
            allowed[conversation].add(user)
            gained[conversation] = gained_at
    for number, line in history.others["accepted"]:
        user, conversation = history.connections[line["connection"]].user, str(bare(line["frame"].get("session_id")))
        if conversation in gained:
            sentence = f"{user} received a frame of the conversation {conversation}"
            yield Fact(user in allowed[conversation], sentence, (gained[conversation], number))
    for request in history.requests.values():
        for conversation in _list_read(request):
            if conversation in gained:
                sentence = f"{request.user} could read the conversation {conversation}"
                lines = (gained[conversation], request.line, request.answered_at)
                yield Fact(request.user in allowed[conversation], sentence, lines)


def _list_read(request: Request) -> list[str]:
    """Return the conversations that a response shows."""
    if not request.succeeded:
        return []
    if request.operation == "list_conversations":
        return [str(bare(row["id"])) for row in request.response["conversations"]]
    return [str(request.conversation)] if request.operation in _READS else []


def check_listed(history: History) -> Facts:
    """After everything, the lists have each conversation once, with its status, its total and its last message."""
    for request in history.requests.values():
        if request.operation != "list_conversations" or not request.succeeded or request.line < history.settled_at:
            continue
        rows = {str(bare(row["id"])): row for row in request.response["conversations"]}
        lines = (request.line, request.answered_at)
        count, total = len(request.response["conversations"]), request.response["total"]
        yield Fact(count == total == len(rows), f"{count} conversations are listed, and the total is {total}", lines)
        status = request.query.get("status")
        for conversation in history.list_owned(request.user):
            if history.find_deletion(conversation) == _NEVER and not _is_lost_to(history, request.user, conversation):
                yield _check_listed(history, conversation, status, conversation in rows, lines)
        for conversation, row in rows.items():
            yield from _check_status(history, request, conversation, row["status"])
            yield from _check_summary(history, conversation, row, lines)


def _check_listed(
    history: History, conversation: str, status: str | None, is_listed: bool, lines: tuple[int, ...]
) -> Fact:
    """Return the fact that a list has a conversation if it has to, by the status that was read last."""
    reads = [
        request
        for request in history.requests.values()
        if request.operation == "get_conversation" and request.conversation == conversation and request.succeeded
    ]
    if status is None or not reads:
        return Fact(is_listed or status is not None, f"{conversation} is not listed", lines)
    expected = reads[-1].response["status"] == status
    sentence = f"{conversation} is {reads[-1].response['status']}, and the list of {status} says otherwise"
    return Fact(is_listed == expected, sentence, (reads[-1].answered_at, *lines))


def _check_summary(history: History, conversation: str, row: Fields, lines: tuple[int, ...]) -> Facts:
    final = history.finals.get(conversation)
    if final is not None and final.messages:
        content = final.messages[-1]["content"][:PREVIEW_LENGTH]
        sentence = f"the list shows {row['last_message']!r}, and the last message is {content!r}"
        yield Fact(row["last_message"] == content, sentence, (*lines, final.line))
        timestamp = final.messages[-1]["timestamp"]
        sentence = f"the list shows {row['last_activity']}, and the last message is of {timestamp}"
        yield Fact(row["last_activity"] >= timestamp, sentence, (*lines, final.line))


def check_shown(history: History) -> Facts:
    """At the end every device shows exactly the history."""
    for number, line in history.shown:
        final = history.finals.get(str(bare(line["conversation"])))
        if final is not None:
            names = ("id", "seq", "sender", "content", "timestamp")
            expected = [{name: message[name] for name in names} for message in final.messages]
            missing = [message["seq"] for message in expected if message not in line["messages"]]
            surplus = [message["seq"] for message in line["messages"] if message not in expected]
            holds = list(line["messages"]) == expected
            sentence = f"{line['device']} does not show {missing}, and shows {surplus} too much"
            yield Fact(holds, sentence, (number, final.line))


def check_quick_replies(history: History) -> Facts:
    """A message has its quick replies wherever it is seen; a frame repeats them, unless its device did not want it."""
    finals = {message["id"]: (final.line, message) for final in history.finals.values() for message in final.messages}
    for seen in history.sightings:
        line, stored = finals.get(seen.message["id"], (seen.line, seen.message))
        holds = seen.message.get("suggestions") == stored.get("suggestions")
        if "suggestions" in stored or not holds:
            sentence = f"{seen.message['id']} was seen with other quick replies"
            yield Fact(holds or bool(seen.message.get("truncated")), sentence, (seen.line, line))
    for connection in history.connections.values():
        brought = [(line, frame) for line, frame in connection.frames if _offers(frame, "message")]
        repeated = [(line, frame) for line, frame in connection.frames if _offers(frame, "suggestion")]
        if connection.asked:
            for line, frame in repeated:
                again = [at for at, message in brought if at < line and message["suggestions"] == frame["suggestions"]]
                yield Fact(not again, f"{connection.name} received quick replies again", (*again[:1], line))
        elif connection in history.list_open() and not history.others["fault"]:
            for line, message in brought:
                if line < history.settled_at and not _is_replayed(history, connection, line):
                    holds = any(at > line and _has_all(frame, message) for at, frame in repeated)
                    yield Fact(holds, f"{connection.name} received no frame with the quick replies", (line,))


def _offers(frame: Fields, kind: str) -> bool:
    return frame["type"] == kind and bool(frame.get("suggestions"))


def _is_replayed(history: History, connection: Connection, line: int) -> bool:
    """Return whether a frame may be the answer to a resume."""
    return any(each is connection and start < line < end for each, start, _, end, _ in history.list_resumes())


def _has_all(frame: Fields, message: Fields) -> bool:
    same = frame["session_id"] == message["session_id"]
    return same and all(each in frame["suggestions"] for each in message["suggestions"])


def check_one_conversation(history: History) -> Facts:
    """A user who only connects gets one conversation, however many devices do so at once."""
    active = {request.user for request in history.requests.values() if request.operation in _MAKES_CONVERSATIONS}
    first: dict[str, tuple[int, str]] = {}
    for line, conversation, user, _ in history.gains:
        if user not in active:
            at, known = first.setdefault(user, (line, conversation))
            yield Fact(known == conversation, f"{user} got {known} and {conversation}", (at, line))


_MAKES_CONVERSATIONS = (
    "start_conversation",
    "claim_conversation",
    "update_conversation",
    "delete_conversation",
    "delete_me",
)


def check_effects(history: History) -> Facts:
    """An effect of a script, as a mail, happens at most once."""
    first: dict[tuple[str, str], int] = {}
    for number, line in history.others["effect"]:
        key = (line["kind"], line["key"])
        sentence = f"the {line['kind']} {line['key']!r} happened more than once"
        yield Fact(key not in first, sentence, (first.get(key, number), number))
        first[key] = number


def check_no_internal_error(history: History) -> Facts:
    """No device receives the error ``internal``, unless for a message whose answer failed for good."""
    for number, line in history.others["accepted"]:
        internal = line["frame"].get("error") == "internal" and "message_id" not in line["frame"]
        yield Fact(not internal, f"{line['connection']} received the error internal", (number,))
    for request in history.requests.values():
        sentence = f"{request.operation} responded 500"
        holds = request.status != 500 or _is_of_gateway(request.response)
        yield Fact(holds, sentence, (request.line, request.answered_at))


def _is_of_gateway(response: Fields) -> bool:
    """Return whether API Gateway itself has responded, as it does if a function was killed or is not there."""
    return response.keys() == {"message"}


# ---------------------------------------------------------------------------------------------------------- streaming
@dataclass(slots=True)
class Answer:
    """The answer in progress that a device shows in one conversation, by the rule for clients in ``docs/api.md``."""

    texts: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    attempt: int = 0
    newest: str = ""
    fresh: set[str] = field(default_factory=set)
    ended: bool = False

    def end(self) -> None:
        """Drop the answer in progress."""
        self.texts, self.attempt = {}, 0

    def keep(self, ids: Iterable[str]) -> None:
        """Keep these messages of the answer in progress only."""
        self.texts = {each: self.texts[each] for each in ids}
        self.attempt = self.attempt if self.texts else 0


def check_streamed(history: History) -> Facts:
    """A device shows beginnings of an answer, without a gap or a repetition, and the stored message replaces them."""
    for (device, conversation), frames in _group_by_device(history).items():
        answer, is_single = Answer(), all(frame.get("attempt", 1) == 1 for _, frame, _ in frames)
        connection = ""
        for line, frame, name in frames:
            if name != connection:
                answer.fresh.clear()
                connection = name
            if frame["type"] == "delta":
                yield from _show_piece(history, answer, line, frame, is_single=is_single)
            else:
                _end_answer(answer, frame)
        deleted = history.find_deletion(conversation) < _NEVER or _is_lost_to(
            history, history.users[device], conversation
        )
        lines = tuple(answer.lines[each] for each in answer.texts)
        yield Fact(deleted or not answer.texts, f"{device} shows an answer in progress forever", lines)


def _group_by_device(history: History) -> dict[tuple[str, str], list[tuple[int, Fields, str]]]:
    """Return the frames of each device and conversation with deltas, in order, with their connections."""
    found: defaultdict[tuple[str, str], list[tuple[int, Fields, str]]] = defaultdict(list)
    for connection in history.connections.values():
        for line, frame in connection.frames:
            if bare(frame.get("session_id")):
                found[connection.device, str(bare(frame["session_id"]))].append((line, frame, connection.name))
    streamed = {key: sorted(frames, key=lambda each: each[0]) for key, frames in found.items()}
    return {key: frames for key, frames in streamed.items() if any(frame["type"] == "delta" for _, frame, _ in frames)}


def _show_piece(history: History, answer: Answer, line: int, frame: Fields, *, is_single: bool) -> Facts:
    """Apply a piece by the rule for clients, and check what is shown then."""
    message_id, offset, conversation = frame["id"], frame["offset"], str(bare(frame["session_id"]))
    if answer.ended or message_id <= answer.newest or frame["attempt"] < answer.attempt:
        return
    if frame["attempt"] > answer.attempt:
        answer.texts, answer.attempt = {}, frame["attempt"]
    before = answer.texts.get(message_id, "")
    lines = (*([answer.lines[message_id]] if before else []), line)
    piece, shown = frame["content"].encode("utf-16-le"), before.encode("utf-16-le")
    if offset and 2 * offset != len(shown):
        repeated = shown[2 * offset :].startswith(piece)
        yield Fact(repeated or not is_single, f"a piece of {message_id} has a gap before it", lines)
        return
    answer.texts[message_id] = text = frame["content"] if offset == 0 else before + frame["content"]
    answer.lines[message_id] = line
    if offset == 0:
        answer.fresh.add(message_id)
    yield Fact(text.startswith(before), f"a device showed {before!r} and then {text!r}", lines)
    bot = history.bots.get(history.bots_of.get(conversation, ""))
    if bot is not None:
        yield Fact(_is_beginning(bot, text), f"{text!r} is the beginning of no answer", (line,))
    yield from _check_prefix(history, conversation, message_id, text, line)


def _is_beginning(bot: Fields, text: str) -> bool:
    whole = [
        *bot["greeting"],
        *bot.get("excuses", ()),
        *(each for answers in bot["answers"].values() for each in answers),
    ]
    return any(each.startswith(text) for each in whole)


def _check_prefix(history: History, conversation: str, message_id: str, text: str, line: int) -> Facts:
    """Check that what was shown of a turn that ran once is the beginning of what was stored of it."""
    final = history.finals.get(conversation)
    if final is None or any(each["conversation"] == conversation for _, each in history.others["rerun"]):
        return
    # The message gets a later id if the user has sent another one meanwhile.
    stored = [each for each in final.messages if each["sender"] == "bot" and each["id"] >= message_id]
    same = [each for each in stored if each["id"] == message_id] or stored
    holds = any(each["content"].startswith(text) for each in same)
    yield Fact(holds, f"{text!r} of {message_id} was shown, and the history has another text", (line, final.line))


def _end_answer(answer: Answer, frame: Fields) -> None:
    """Apply a frame that ends an answer in progress, or a part of it."""
    kind = frame["status"] if frame["type"] == "status" else frame["type"]
    if kind == "message" and frame["sender"] == "bot":
        answer.newest = max(answer.newest, frame["id"])
        answer.keep(each for each in answer.texts if each > frame["id"])
    elif kind in ("stopped", "deleted", "claimed", "expired") or (kind == "error" and "message_id" in frame):
        answer.ended |= kind == "deleted"
        answer.end()
    elif kind == "resumed" and not frame.get("answering"):
        answer.keep(each for each in answer.texts if each in answer.fresh)


# ------------------------------------------------------------------------------------------------------------- helpers
def bare(public_id: str | None) -> str | None:
    """Return the id of a conversation without ``conv-`` or ``session-``."""
    return None if public_id is None else public_id.removeprefix("conv-").removeprefix("session-")


def _parse(text: str, number: int) -> Fields:
    try:
        line: Fields = json.loads(text)
        assert isinstance(line["event"], str)
    except (ValueError, KeyError, TypeError, AssertionError) as error:
        raise NoHistoryError(f"line {number} is no event of a history") from error
    return line


def _asks_alike(frame: Fields, resume: Fields) -> bool:
    """Return whether a frame asks for the same conversation as a resume."""
    return bool(frame["type"] == "resume" and frame["session_id"] == resume["session_id"])


def _ends(frame: Fields, resume: Fields) -> bool:
    """Return whether a frame answers a resume."""
    is_end = frame.get("status") in ("resumed", "expired", "claimed") or frame["type"] == "error"
    return is_end and bool(frame.get("session_id") == resume["session_id"])


def _list_between(connection: Connection, conversation: str, start: int, end: int) -> list[Fields]:
    """Return the messages of a conversation that a connection received between two lines."""
    frames = [frame for line, frame in connection.frames if start < line < end and frame["type"] == "message"]
    return [frame for frame in frames if bare(frame["session_id"]) == conversation]


CLAIMS: Mapping[str, Callable[[History], Facts]] = {
    "stored": check_stored,
    "stored-once": check_stored_once,
    "numbered": check_numbered,
    "one-order": check_one_order,
    "answered": check_answered,
    "failures-reported": check_failures_reported,
    "resumed": check_resumed,
    "live": check_live,
    "read-after-write": check_read_after_write,
    "archived": check_archived,
    "statuses-notified": check_statuses_notified,
    "deleted": check_deleted,
    "claimed": check_claimed,
    "isolated": check_isolated,
    "listed": check_listed,
    "shown": check_shown,
    "quick-replies": check_quick_replies,
    "streamed": check_streamed,
    "one-conversation": check_one_conversation,
    "effects": check_effects,
    "no-internal-error": check_no_internal_error,
}
"""The claims, by their names; the docstring of a check is the claim."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken claim, and the smallest piece of the history that breaks it.

    Attributes
    ----------
    claim
        The name of the claim.
    sentence
        What is wrong.
    piece
        The lines that show it, by their numbers.
    """

    claim: str
    sentence: str
    piece: Mapping[int, Fields]

    def __str__(self) -> str:
        return "\n".join(
            [f"{self.claim}: {self.sentence}", *(f"    {n}: {json.dumps(line)}" for n, line in self.piece.items())]
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The number of facts that each claim was checked on, and the facts that broke one."""

    facts: Mapping[str, int]
    broken: Sequence[Broken]

    def __str__(self) -> str:
        broken = {each.claim for each in self.broken}
        lines = [
            f"{'BROKEN' if name in broken else 'holds' if count else 'not shown':>9}  {name}: {count} facts"
            for name, count in self.facts.items()
        ]
        return "\n".join([*lines, *map(str, self.broken)])


def check(texts: Iterable[str]) -> Report:
    """Check every claim on the lines of a history.

    Raises
    ------
    NoHistoryError
        If a line is no event.
    """
    history = History(texts)
    counts: dict[str, int] = {}
    broken: list[Broken] = []
    for name, claim in CLAIMS.items():
        facts = list(claim(history))
        counts[name] = len(facts)
        for fact in facts:
            if not fact.holds:
                numbers = sorted({line for line in fact.lines if line <= len(history.lines)})
                broken.append(Broken(name, fact.sentence, {number: history.lines[number - 1] for number in numbers}))
    return Report(counts, broken)


def main(paths: Sequence[str]) -> int:
    """Check files, print a report for each, and return the exit code."""
    code = 0 if paths else 2
    for path in paths:
        try:
            report = check(Path(path).read_text(encoding="utf-8").splitlines())
        except (OSError, NoHistoryError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            return 2
        print(f"{path}\n{report}")
        code = 1 if report.broken else code
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
