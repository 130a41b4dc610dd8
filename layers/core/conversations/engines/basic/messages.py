"""Converts the output of scripts to messages that a conversation can store."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from basic.errors import BudgetError
from basic.machine import outcome as machine
from conversations.domain.message import Attachment, Suggestion, Utterance
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.turn import Pause, SendMessage, SendSuggestions
from conversations.engines.output_text import MAX_MESSAGES, clean, split_text

MAX_SUGGESTIONS = 100
"""Quick replies of one message; a frame has 32 KB (AWS quota)."""

MAX_LABEL_LENGTH = 200
"""Characters of a quick reply's label."""

OutputEvent = SendMessage | SendSuggestions | Pause


def build_turn_events(events: Iterable[machine.Event], max_messages: int = MAX_MESSAGES) -> list[OutputEvent]:
    """Return the events of a turn that send its output.

    Characters that a message cannot contain are removed, and long texts are split. If there are more than
    ``max_messages`` messages, they are merged, across pauses only if necessary. Everything that ``TurnCapacity``
    accepted is sent.
    """
    output: list[OutputEvent] = []
    for event in events:
        match event:
            case machine.TalkEvent():
                _append_text(output, clean(event.text).strip(), build_suggestions(event.quick_replies))
                if event.file is not None:
                    _attach(output, event.file)
            case machine.QuickRepliesEvent():
                output.append(SendSuggestions(build_suggestions(event.quick_replies)))
            case machine.WaitEvent():
                output.append(Pause(event.seconds))
    for across_pauses in (False, True):
        if _count_messages(output) > max_messages:
            output = _merge_messages(output, across_pauses=across_pauses)
    return output


class TurnCapacity:
    """How much more a turn may send, so that a script that sends too much fails at the statement that does."""

    def __init__(self, max_messages: int = MAX_MESSAGES) -> None:
        self._max_messages = max_messages
        self._messages = 0
        self._length = 0

    def add(self, text: str) -> None:
        """Count a text.

        Raises
        ------
        BudgetError
            If the texts of the turn, merged to as few messages as possible, exceed ``max_messages``.
        """
        for part in split_text(clean(text).strip()):
            merged_length = self._length + 1 + len(part)
            if self._messages and merged_length <= MAX_CONTENT_LENGTH:
                self._length = merged_length
            else:
                self._messages, self._length = self._messages + 1, len(part)
        if self._messages > self._max_messages:
            limit = f"{self._max_messages} messages of {MAX_CONTENT_LENGTH:,} characters"
            raise BudgetError(f"the turn sends more than {limit}")


def build_suggestions(suggestions: Sequence[machine.QuickReply]) -> tuple[Suggestion, ...]:
    """Return quick replies for clients; pressing one sends the text by which the script recognizes it."""
    pairs = [(clean(suggestion.label).strip(), clean(_get_value(suggestion)).strip()) for suggestion in suggestions]
    return tuple(
        Suggestion(text=_shorten(label), value=value)
        for label, value in pairs
        if label and 0 < len(value) <= MAX_CONTENT_LENGTH
    )[:MAX_SUGGESTIONS]


def _get_value(suggestion: machine.QuickReply) -> str:
    # A context or a tool is selected by its label.
    return suggestion.label if suggestion.kind in ("context", "tool") else suggestion.value


def _shorten(label: str) -> str:
    return label if len(label) <= MAX_LABEL_LENGTH else label[: MAX_LABEL_LENGTH - 1] + "…"


def _append_text(output: list[OutputEvent], text: str, suggestions: tuple[Suggestion, ...]) -> None:
    """Append the messages of a text. Without a text, attach the quick replies to the message before."""
    if text:
        *first_parts, last_part = split_text(text)
        output += [SendMessage(Utterance(content=part)) for part in first_parts]
        output.append(SendMessage(Utterance(content=last_part, suggestions=suggestions)))
    elif suggestions:
        _append_suggestions(output, suggestions)


def _attach(output: list[OutputEvent], file: machine.FileLink) -> None:
    """Attach a file to the message that was appended last."""
    last_event = output[-1]
    if isinstance(last_event, SendMessage):
        # The address of a local stack is no https URL.
        attachment = Attachment.model_construct(name=file.name, content_type=file.content_type, url=file.url)
        output[-1] = replace(
            last_event, utterance=last_event.utterance.model_copy(update={"attachments": (attachment,)})
        )


def add_suggestions(output: Sequence[OutputEvent], suggestions: tuple[Suggestion, ...]) -> list[OutputEvent]:
    """Return the output with quick replies at its last message; without a message they are an event of their own."""
    for index in reversed(range(len(output))):
        event = output[index]
        if isinstance(event, SendMessage):
            utterance = event.utterance.model_copy(update={"suggestions": suggestions})
            return [*output[:index], replace(event, utterance=utterance), *output[index + 1 :]]
    return [*output, SendSuggestions(suggestions)]


def _append_suggestions(output: list[OutputEvent], suggestions: tuple[Suggestion, ...]) -> None:
    last_event = output[-1] if output else None
    if isinstance(last_event, SendMessage):
        utterance = last_event.utterance.model_copy(update={"suggestions": suggestions})
        output[-1] = replace(last_event, utterance=utterance)
    else:
        output.append(SendSuggestions(suggestions))


def _count_messages(output: Sequence[OutputEvent]) -> int:
    return sum(isinstance(event, SendMessage) for event in output)


def _merge_messages(output: Sequence[OutputEvent], *, across_pauses: bool) -> list[OutputEvent]:
    """Append each message to the one before it, if together they are not too long for one message."""
    merged: list[OutputEvent] = []
    for event in output:
        index = _find_last_message(merged, across_pauses=across_pauses)
        previous = None if index is None else merged[index]
        if isinstance(event, SendMessage) and isinstance(previous, SendMessage) and _can_merge(previous, event):
            content = f"{previous.utterance.content}\n{event.utterance.content}"
            attachments = (*previous.utterance.attachments, *event.utterance.attachments)
            changes = {"content": content, "attachments": attachments}
            merged[index:] = [SendMessage(event.utterance.model_copy(update=changes))]
        else:
            merged.append(event)
    return merged


def _find_last_message(output: Sequence[OutputEvent], *, across_pauses: bool) -> int | None:
    indexes = reversed(range(len(output)))
    index = next((index for index in indexes if isinstance(output[index], SendMessage)), None)
    return index if across_pauses or index == len(output) - 1 else None


def _can_merge(first: SendMessage, second: SendMessage) -> bool:
    return len(first.utterance.content) + 1 + len(second.utterance.content) <= MAX_CONTENT_LENGTH
