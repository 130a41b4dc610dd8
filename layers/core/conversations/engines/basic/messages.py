"""From what a script says to what a conversation can hold."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from basic.errors import BudgetError
from basic.machine import outcome as machine
from conversations.domain.message import MAX_CONTENT_LENGTH, Suggestion, Utterance
from conversations.domain.turn import Pause, SendMessage, SendSuggestions

MOST_MESSAGES = 64
"""Messages that the scripts of one turn may say. With what it may remember, and a sentence or two of the engine's own,
they fit into its one transaction, which has 100 actions."""

MOST_SUGGESTIONS = 100
"""Quick replies of one message; nobody reads more, and a frame has 32 KB."""

LONGEST_LABEL = 200
"""Characters of what a quick reply says."""

Spoken = SendMessage | SendSuggestions | Pause


def spoken(events: Iterable[machine.Event]) -> list[Spoken]:
    """Return what a turn says.

    A text is cleared of what no message may hold, and divided where it is longer than a message may be. A turn of more
    than ``MOST_MESSAGES`` has its messages joined to as few as hold them, over its pauses only if it must be: nothing
    that found `Room` is lost.
    """
    said: list[Spoken] = []
    for event in events:
        match event:
            case machine.TalkEvent():
                _talk(said, clean(event.text).strip(), suggestions_of(event.quick_replies))
            case machine.QuickRepliesEvent():
                said.append(SendSuggestions(suggestions_of(event.quick_replies)))
            case machine.WaitEvent():
                said.append(Pause(event.seconds))
    for across_pauses in (False, True):
        if _messages(said) > MOST_MESSAGES:
            said = _joined(said, across_pauses=across_pauses)
    return said


class TurnCapacity:
    """How much more a turn may say, so that a script that says too much is told so where it does."""

    def __init__(self) -> None:
        self._messages = 0
        self._length = 0

    def take(self, text: str) -> None:
        """Take a text.

        Raises
        ------
        BudgetError
            If the turn's messages, joined to as few as hold them, do not hold it any more.
        """
        for piece in _pieces(clean(text).strip()):
            joined = self._length + 1 + len(piece)
            if self._messages and joined <= MAX_CONTENT_LENGTH:
                self._length = joined
            else:
                self._messages, self._length = self._messages + 1, len(piece)
        if self._messages > MOST_MESSAGES:
            raise BudgetError(
                f"the turn says more than {MOST_MESSAGES} messages of {MAX_CONTENT_LENGTH:,} characters hold"
            )


def suggestions_of(suggestions: Sequence[machine.QuickReply]) -> tuple[Suggestion, ...]:
    """Return quick replies as clients know them: what pressing one sends is what the script will know it by."""
    pairs = [(clean(each.label).strip(), clean(_value(each)).strip()) for each in suggestions]
    return tuple(
        Suggestion(text=_shown(label), value=value)
        for label, value in pairs
        if label and 0 < len(value) <= MAX_CONTENT_LENGTH
    )[:MOST_SUGGESTIONS]


def clean(text: str) -> str:
    """Return a text without control characters but tab and newline, and without halves of UTF-16 pairs."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in lines if each in "\t\n" or unicodedata.category(each) not in ("Cc", "Cs"))


def _value(suggestion: machine.QuickReply) -> str:
    # A context or a tool is picked by its label.
    return suggestion.label if suggestion.kind in ("context", "tool") else suggestion.value


def _shown(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def _talk(said: list[Spoken], text: str, suggestions: tuple[Suggestion, ...]) -> None:
    if text:
        pieces = list(_pieces(text))
        said += [SendMessage(Utterance(content=piece)) for piece in pieces[:-1]]
        said.append(SendMessage(Utterance(content=pieces[-1], suggestions=suggestions)))
    elif said and isinstance(said[-1], SendMessage) and suggestions:
        said[-1] = replace(said[-1], utterance=said[-1].utterance.model_copy(update={"suggestions": suggestions}))
    elif suggestions:
        said.append(SendSuggestions(suggestions))


def _pieces(text: str) -> Iterator[str]:
    """Cut a text where a line or a word ends, if one does in its last quarter."""
    while len(text) > MAX_CONTENT_LENGTH:
        ends = (text.rfind(mark, MAX_CONTENT_LENGTH * 3 // 4, MAX_CONTENT_LENGTH) for mark in "\n ")
        end = next((place for place in ends if place > 0), MAX_CONTENT_LENGTH)
        yield text[:end].rstrip()
        text = text[end:].lstrip()
    if text:
        yield text


def _messages(said: Sequence[Spoken]) -> int:
    return sum(isinstance(each, SendMessage) for each in said)


def _joined(said: Sequence[Spoken], *, across_pauses: bool) -> list[Spoken]:
    """Put each message behind the one before it, if both are no longer than one may be."""
    shorter: list[Spoken] = []
    for each in said:
        place = _last_message(shorter, across_pauses=across_pauses)
        before = None if place is None else shorter[place]
        if isinstance(each, SendMessage) and isinstance(before, SendMessage) and _fit(before, each):
            content = f"{before.utterance.content}\n{each.utterance.content}"
            shorter[place:] = [SendMessage(each.utterance.model_copy(update={"content": content}))]
        else:
            shorter.append(each)
    return shorter


def _last_message(said: Sequence[Spoken], *, across_pauses: bool) -> int | None:
    place = next((place for place in reversed(range(len(said))) if isinstance(said[place], SendMessage)), None)
    return place if across_pauses or place == len(said) - 1 else None


def _fit(one: SendMessage, other: SendMessage) -> bool:
    return len(one.utterance.content) + 1 + len(other.utterance.content) <= MAX_CONTENT_LENGTH
