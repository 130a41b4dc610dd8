"""Catch-up: fetching the messages that a conversation has missed."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from general_bots_conversations.core.environment import Environment
from general_bots_conversations.core.frames import Frame
from general_bots_conversations.core.timeline import Timeline
from general_bots_conversations.core.timers import cancel_nothing
from general_bots_conversations.errors import ApiError, ConversationsError, SignedOutError

PAGE_SIZE = 50
"""Messages on the first page of a conversation, and on each earlier one."""
_GAP_PAGE_SIZE = 100
"""Messages on each page that fills a gap: the most that the server allows."""
_MAX_ROUNDS = 3
"""Attempts to fill the gaps before they are accepted until the next connection."""
_TEMPORARY = frozenset(("rate_limited", "unavailable"))

Cursor: TypeAlias = Mapping[str, str]
"""``before`` or ``after``: a message id."""
OnPage: TypeAlias = Callable[[Frame | Exception], None]


class CatchUpHandlers(Protocol):
    """What the catch-up needs from its conversation."""

    @property
    def has_history(self) -> bool:
        """Whether there is a history: visitors have none."""

    def send_resume(self, after: str | None) -> bool:
        """Send a ``resume`` frame for the messages after an id, or for the newest ones; return whether it was sent."""

    def fetch_history(self, cursor: Cursor, limit: int, on_page: OnPage) -> None:
        """Fetch a page of history and add its messages to the timeline."""

    def on_caught_up(self) -> None:
        """Handle that nothing is missing any more that the server may still deliver."""

    def on_gone(self) -> None:
        """Handle that the conversation no longer exists."""

    def on_delayed(self, error: Exception) -> None:
        """Handle that a request failed and will be retried."""


@dataclass(frozen=True, slots=True)
class _Resume:
    """A step: ask for the missed messages. Its result is the answer; None after a timeout."""


@dataclass(frozen=True, slots=True)
class _Fetch:
    """A step: get a page of history. Its result is the page."""

    cursor: Cursor
    limit: int


@dataclass(frozen=True, slots=True)
class _Sleep:
    """A step: wait."""

    seconds: float


_Run: TypeAlias = Generator[_Resume | _Fetch | _Sleep, Any, None]
_Part: TypeAlias = Generator[_Resume | _Fetch | _Sleep, Any, bool]


class CatchUp:
    """Fetches missing messages after the socket is open, so that none falls between history and live frames.

    The timeline drops duplicates. If the server does not support ``resume``, history is used instead. A run is a
    generator of steps, without I/O.
    """

    def __init__(self, timeline: Timeline, handlers: CatchUpHandlers, environment: Environment) -> None:
        self._timeline = timeline
        self._handlers = handlers
        self._environment = environment
        self._run: _Run | None = None
        self._is_waiting_for_answer = False
        self._last_seq = 0
        """The last ``seq`` of the conversation when the server last answered a ``resume``."""
        self._cancel_timer = cancel_nothing
        self._cancel_gap_timer = cancel_nothing
        self._is_gap_timer_set = False

    def start(self) -> None:
        """Fetch everything that is missing, after the socket or the conversation was opened."""
        self.stop()
        self._run = self._fetch_until_complete()
        self._advance(self._run, None)

    def stop(self) -> None:
        """Stop, because the connection was lost or the conversation was closed."""
        self._run = None
        self._is_waiting_for_answer = False
        self._cancel_timer()
        self._cancel_gap_timer()
        self._is_gap_timer_set = False

    def handle_answer(self, frame: Frame) -> bool:
        """Handle the server's answer to a ``resume`` frame; return whether one was waiting for it."""
        if not self._is_waiting_for_answer or self._run is None:
            return False
        self._end_wait(self._run, frame)
        return True

    def check_for_gap(self) -> None:
        """Check for a gap after a message arrived. The missing one may be late, so it is requested after a delay."""
        if self._run is not None or self._is_gap_timer_set or not self._timeline.has_gap:
            return

        def request() -> None:
            self._is_gap_timer_set = False
            if self._timeline.has_gap:
                self.start()

        self._is_gap_timer_set = True
        self._cancel_gap_timer = self._environment.timers.schedule(self._environment.timing.gap_timeout, request)

    def _advance(self, run: _Run, result: Frame | Exception | None) -> None:
        if run is not self._run:
            return
        try:
            step = run.throw(result) if isinstance(result, Exception) else run.send(result)
        except StopIteration:
            if run is self._run:
                self._run = None
            return
        if run is self._run:
            self._perform(run, step)

    def _perform(self, run: _Run, step: _Resume | _Fetch | _Sleep) -> None:
        schedule = self._environment.timers.schedule
        match step:
            case _Sleep(seconds):
                self._cancel_timer = schedule(seconds, lambda: self._advance(run, None))
            case _Fetch(cursor, limit):
                self._handlers.fetch_history(cursor, limit, lambda page: self._advance(run, page))
            case _Resume():
                after = self._timeline.last_answered
                if not self._handlers.send_resume(None if after is None else after.id):
                    self._advance(run, None)
                    return
                self._is_waiting_for_answer = True
                timeout = self._environment.timing.resume_timeout
                self._cancel_timer = schedule(timeout, lambda: self._end_wait(run, None))

    def _end_wait(self, run: _Run, answer: Frame | None) -> None:
        self._is_waiting_for_answer = False
        self._cancel_timer()
        self._advance(run, answer)

    def _fetch_until_complete(self) -> _Run:
        backoff = self._environment.create_backoff()
        rounds = 0
        while True:
            try:
                rounds += 1
                if (yield from self._fetch_missing()) or rounds >= _MAX_ROUNDS:
                    self._timeline.accept_gaps()
                    # The run is over before its handler is called, which may check for gaps.
                    self._run = None
                    self._handlers.on_caught_up()
                    return
                yield _Sleep(self._environment.timing.gap_timeout)
            except SignedOutError:
                return
            except ConversationsError as error:
                if isinstance(error, ApiError) and error.is_gone:
                    self._handlers.on_gone()
                    return
                rounds -= 1
                self._handlers.on_delayed(error)
                yield _Sleep(max(backoff.next_delay(), getattr(error, "retry_after", None) or 0))

    def _fetch_missing(self) -> _Part:
        """Fetch what is missing; return whether nothing is missing any more."""
        has_history = self._handlers.has_history
        if has_history and not self._timeline.stored:
            yield _Fetch({}, PAGE_SIZE)
            # The bot may be answering the last message. Only `resume` says so.
            stored = self._timeline.stored
            if not stored or stored[-1].sender != "bot":
                yield from self._resume()
        elif not (yield from self._resume()) and has_history:
            yield from self._fill_gaps()
        return self._is_complete()

    def _is_complete(self) -> bool:
        return not self._timeline.has_gap and self._timeline.last_seq >= self._last_seq

    def _resume(self) -> _Part:
        """Return whether ``resume`` has delivered everything that it can."""
        answer: Frame | None = yield _Resume()
        if answer is None:
            return False
        if answer["type"] == "error":
            _raise_unless_history_may_help(answer)
            return False
        self._last_seq = answer["last_seq"]
        if answer.get("limited") is True and not self._handlers.has_history:
            # Nothing has the older messages of a visitor.
            self._timeline.accept_gaps()
        return self._is_complete()

    def _fill_gaps(self) -> Generator[_Fetch, Frame, None]:
        """Fetch pages from the last message before the gap, until the gap is closed or there are no more pages."""
        if self._timeline.last_contiguous is None:
            yield _Fetch({}, _GAP_PAGE_SIZE)
        message = self._timeline.last_contiguous
        after = None if message is None else message.id
        while after is not None:
            page = yield _Fetch({"after": after}, _GAP_PAGE_SIZE)
            last = page["messages"][-1]["id"] if page["messages"] else None
            is_closed = not self._timeline.has_gap and self._timeline.stored[-1].id != last
            after = last if page["has_more"] and not is_closed else None


def _raise_unless_history_may_help(frame: Frame) -> None:
    """Raise the errors that history would give too, or that are temporary. For all others history is tried."""
    if frame["error"] in ("not_found", "forbidden"):
        raise ApiError(404, frame["error"], frame["message"])
    if frame["error"] in _TEMPORARY:
        raise ApiError(503, frame["error"], frame["message"], frame.get("retry_after"))
