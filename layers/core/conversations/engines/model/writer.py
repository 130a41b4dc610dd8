"""Makes messages of the pieces of text that a model streams."""

from collections.abc import Iterator

from conversations.data_classes import dataclass
from conversations.domain.knowledge import Source
from conversations.domain.message import IncompleteReason, Suggestion, Utterance
from conversations.domain.texts import MAX_CONTENT_LENGTH
from conversations.domain.turn import AppendText, SendMessage
from conversations.engines.output_text import clean, find_end


@dataclass(slots=True)
class MessageWriter:
    """Collects the text of the message that is being generated.

    Attributes
    ----------
    text
        Its text so far: clients show it already.
    """

    text: str = ""

    def append(self, piece: str) -> Iterator[AppendText | SendMessage]:
        """Append a piece; a text that is too long for one message is continued in the next one."""
        text = clean(piece)
        while text:
            whole = self.text + text if self.text else text.lstrip()
            if len(whole) <= MAX_CONTENT_LENGTH:
                text, self.text = whole[len(self.text) :], whole
                break
            end = find_end(whole)
            # A blank end belongs to neither message.
            self.text, text = "", whole[end:]
            yield SendMessage(Utterance(content=whole[:end].rstrip()))
        yield AppendText(text)

    def complete(
        self,
        suggestions: tuple[Suggestion, ...] = (),
        finish_reason: IncompleteReason | None = None,
        sources: tuple[Source, ...] = (),
    ) -> Iterator[SendMessage]:
        """Complete the message, if it has any text."""
        content, self.text = self.text.rstrip(), ""
        if content:
            yield SendMessage(
                Utterance(content=content, suggestions=suggestions, finish_reason=finish_reason, sources=sources)
            )
