"""Prints a conversation as it happens."""

from collections.abc import Sequence

from general_bots_conversations import events
from general_bots_conversations.cli.output import Output, clean, get_text, to_json
from general_bots_conversations.models import Message, Suggestion


class Transcript:
    """The messages of one conversation on a terminal, in a pipe, or as lines of JSON.

    A message that the bot is writing is printed piece by piece. If it begins again, the text that was printed stays,
    and the new one begins on another line.
    """

    def __init__(self, output: Output, bot_name: str = "") -> None:
        self.bot_name = bot_name
        self._output = output
        self._printed: set[str] = set()
        """The keys of the messages that were printed completely."""
        self._key: str | None = None
        """The message that is being printed."""
        self._text = ""

    def show(self, message: Message) -> None:
        """Print a stored message, or the rest of it."""
        if message.key in self._printed:
            return
        self._printed.add(message.key)
        if self._output.is_json:
            self._output.write_json("message", message=to_json(message))
            return
        if message.key == self._key:
            self._continue(get_text(message))
        else:
            self.end_line()
            self._begin(message)
            self._output.write(get_text(message))
            self._key = message.key
        self.end_line()
        if message.unanswered:
            self._output.note("The bot could not answer.")
        if message.finish_reason is not None:
            self._output.note(f"[{message.finish_reason}]")

    def skip(self, message: Message) -> None:
        """Note that a message is on the screen already: the user has typed it."""
        self._printed.add(message.key)

    def show_answer(self, messages: Sequence[Message]) -> None:
        """Print what the bot has written of an answer since the last time."""
        for message in messages:
            if message.key in self._printed:
                continue
            if self._output.is_json:
                self._output.write_json("answer", id=message.id, content=message.content)
            elif message.key == self._key:
                self._continue(get_text(message))
            else:
                self.end_line()
                self._begin(message)
                self._key, self._text = message.key, get_text(message)
                self._output.write(self._text)

    def show_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """Print quick replies with their numbers."""
        if self._output.is_json:
            items = [{"text": item.text, "value": item.value} for item in suggestions]
            self._output.write_json("suggestions", suggestions=items)
        elif suggestions:
            self.end_line()
            words = "   ".join(f"{number}) {clean(item.text)}" for number, item in enumerate(suggestions, start=1))
            self._output.write(self._output.style("faint", words) + "\n")

    def show_problem(self, event: events.Problem | events.ConnectionFailed) -> None:
        """Print an error, and when the client tries again."""
        if self._output.is_json:
            self._output.write_json("error", error=event.error, message=event.message, retry_after=event.retry_after)
            return
        self.end_line()
        wait = "" if event.retry_after is None else f" (next attempt in {event.retry_after:.0f} s)"
        self._output.note(f"{event.message}{wait}")

    def note(self, text: str) -> None:
        """Print a line that is no message."""
        self.end_line()
        self._output.note(text)

    def end_line(self) -> None:
        """End the line of the message that is being printed."""
        if self._key is not None:
            self._output.write("\n")
            self._key, self._text = None, ""

    def _begin(self, message: Message) -> None:
        name = "You" if message.sender == "user" else clean(self.bot_name) or "Bot"
        self._output.write(self._output.style(message.sender, f"{name}: "))

    def _continue(self, text: str) -> None:
        if text.startswith(self._text):
            self._output.write(text[len(self._text) :])
        else:
            self._output.write(f"\n{text}")
        self._text = text
