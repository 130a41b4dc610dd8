"""Makes messages of what a bot server sends, within the limits of a turn."""

from collections.abc import Iterator
from dataclasses import field

from conversations.data_classes import dataclass
from conversations.domain.bot_server import ServerDone, ServerEvent, ServerMessage, ServerSuggestions, ServerText
from conversations.domain.message import IncompleteReason, Suggestion, Utterance
from conversations.domain.turn import AppendText, SendMessage, SendSuggestions, TurnEvent
from conversations.engines.model.writer import MessageWriter
from conversations.engines.output_text import MAX_MESSAGES, clean, split_text


@dataclass(slots=True)
class AnswerWriter:
    """The answer so far.

    Attributes
    ----------
    messages_left
        How many messages the turn may still send.
    """

    messages_left: int = MAX_MESSAGES
    _text: MessageWriter = field(default_factory=MessageWriter)
    _suggestions: tuple[Suggestion, ...] = ()
    _is_split: bool = False

    @property
    def has_begun(self) -> bool:
        """Whether the user sees a part of the answer."""
        return self.is_writing or self.messages_left < MAX_MESSAGES

    @property
    def is_writing(self) -> bool:
        """Whether a message has begun and is not complete."""
        return bool(self._text.text)

    @property
    def is_full(self) -> bool:
        """Whether the turn may send no more messages."""
        return self.messages_left == 0

    def apply(self, event: ServerEvent) -> Iterator[TurnEvent]:
        """Yield what an event of the server means for the user."""
        match event:
            case ServerText():
                for written in self._text.append(event.text):
                    if isinstance(written, AppendText):
                        yield written
                    else:
                        self._is_split = True
                        yield from self._send(written.utterance)
            case ServerMessage():
                self._suggestions += event.suggestions
                # Of a text that is longer than a message, the beginning was sent already.
                if event.content is None or self._is_split:
                    yield from self.complete()
                else:
                    yield from self._replace(event.content)
                self._is_split = False
            case ServerSuggestions():
                self._suggestions += event.suggestions
            case ServerDone():
                yield from self.complete()
            case _:
                yield AppendText("")

    def complete(self, finish_reason: IncompleteReason | None = None) -> Iterator[TurnEvent]:
        """Complete the message that is being written, if there is one."""
        for written in self._text.complete(finish_reason=finish_reason):
            yield from self._send(written.utterance, self._pop_suggestions())
        if self._suggestions:
            yield SendSuggestions(self._pop_suggestions())

    def _replace(self, content: str) -> Iterator[TurnEvent]:
        """Send a text in place of the pieces so far."""
        self._text.text = ""
        *first_parts, last_part = (*split_text(clean(content).strip()),) or ("",)
        for part in first_parts:
            yield from self._send(Utterance(content=part))
        self._text.text = last_part
        yield from self.complete()

    def _send(self, utterance: Utterance, suggestions: tuple[Suggestion, ...] = ()) -> Iterator[SendMessage]:
        # safeguard: bot-server-messages
        if self.is_full:
            return
        self.messages_left -= 1
        reason = utterance.finish_reason or ("length" if self.messages_left == 0 else None)
        yield SendMessage(utterance.model_copy(update={"suggestions": suggestions, "finish_reason": reason}))

    def _pop_suggestions(self) -> tuple[Suggestion, ...]:
        suggestions, self._suggestions = self._suggestions, ()
        return suggestions
