"""``conversations chat``: talk to a bot in the terminal."""

import argparse
import asyncio
import signal
import sys
from contextlib import nullcontext, suppress
from pathlib import Path

from general_bots_conversations import events
from general_bots_conversations.async_client import AsyncClient
from general_bots_conversations.async_conversation import AsyncConversation
from general_bots_conversations.cli.keyboard import Keyboard
from general_bots_conversations.cli.output import create_output
from general_bots_conversations.cli.server import add_arguments, create_client
from general_bots_conversations.cli.transcript import Transcript
from general_bots_conversations.errors import (
    ApiError,
    NotSentError,
    SignedOutError,
    UnansweredError,
    UnreachableError,
)
from general_bots_conversations.models import UploadedFile

_PROMPT = "> "
_FILE = "/file "
"""Begins a line with the path of a file to send."""

_NUMERIC = ("integer", "money", "number", "phone")
"""Types of answers for which a number is an answer, and not the number of a quick reply."""


def add_command(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_arguments(parser)
    parser.add_argument("--bot", metavar="ID", help="the bot of a new conversation (default: the default bot)")
    parser.add_argument("--conversation", metavar="ID", help="continue a conversation (default: the latest one)")
    parser.add_argument("--new", action="store_true", help="start a new conversation of the user")
    parser.add_argument("--history", type=int, default=20, metavar="N", help="messages to show at the beginning (20)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep unsent messages and a visitor's session here")
    parser.add_argument(
        "--file", type=Path, action="append", default=[], metavar="PATH", help="send a file with the first message"
    )
    parser.add_argument("--json", action="store_true", help="print lines of JSON; each line of the input is a message")
    parser.set_defaults(command=_chat)


def _chat(options: argparse.Namespace) -> int:
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    async with create_client(options) as client:
        if client.anonymous or not (options.new or options.bot):
            conversation = client.conversation(options.conversation)
        else:
            conversation = await client.start(bot_id=options.bot)
        return await Chat(client, conversation, options).run()


class Chat:
    """A conversation in the terminal: what arrives is printed, and what is typed is sent."""

    def __init__(self, client: AsyncClient, conversation: AsyncConversation, options: argparse.Namespace) -> None:
        self._client = client
        self._conversation = conversation
        self._output = create_output(is_json=options.json)
        self._transcript = Transcript(self._output)
        self._history = options.history
        self._files: list[Path] = options.file
        self._has_begun = False
        self._is_prompting = False
        self._is_prompt_shown = False
        self._is_leaving = asyncio.Event()

    async def run(self) -> int:
        """Talk until the input ends or the user leaves; return the exit status."""
        self._keyboard = Keyboard()
        # Event loops of Windows have no signal handlers: Ctrl-C then ends the program at once.
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._on_interrupt)
        printing = asyncio.create_task(self._print_events())
        talking = asyncio.create_task(self._talk())
        leaving = asyncio.create_task(self._is_leaving.wait())
        tasks = {printing, talking, leaving}
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._transcript.end_line()
        for task in done & {printing, talking}:
            task.result()
        return 0

    def _on_interrupt(self) -> None:
        """Stop the answer; leave if no answer is in progress, or at the second Ctrl-C."""
        if self._conversation.answering and not self._conversation.stopping:
            self._conversation.stop()
        else:
            self._is_leaving.set()

    # -- what arrives -------------------------------------------------------------------------------------------------

    async def _print_events(self) -> None:
        async with self._client.events() as stream:
            async for event in stream:
                if isinstance(event, events.SignedOut):
                    raise SignedOutError
                if self._has_begun or isinstance(event, events.ConnectionFailed | events.Problem):
                    self._print(event)

    def _print(self, event: events.Event) -> None:
        """Print an event, and the prompt again if it was removed for it."""
        number = getattr(event, "conversation", self._conversation.number)
        if number != self._conversation.number and not isinstance(event, events.ConversationReplaced):
            return
        self._transcript.bot_name = self._conversation.bot_name
        self._print_message(event)
        self._print_status(event)
        if self._is_prompting and not self._conversation.answering:
            self._write_prompt()

    def _print_message(self, event: events.Event) -> None:
        match event:
            # What was sent here is delivered, and not received.
            case (
                events.MessageReceived(message=message)
                | events.MessageDelivered(message=message)
                | events.MessageUnanswered(message=message)
            ):
                self._clear_prompt()
                self._transcript.show(message)
            case events.MessageFailed(message=message):
                self._clear_prompt()
                self._transcript.note(f"Not sent: {message.reason}.")
            case events.AnswerChanged(messages=messages) if messages:
                self._clear_prompt()
                self._transcript.show_answer(messages)
            case events.SuggestionsChanged(suggestions=suggestions) if suggestions and self._is_prompting:
                self._clear_prompt()
                self._transcript.show_suggestions(suggestions)

    def _print_status(self, event: events.Event) -> None:
        match event:
            case events.Problem() | events.ConnectionFailed():
                self._clear_prompt()
                self._transcript.show_problem(event)
            case events.ConversationReplaced():
                self._clear_prompt()
                self._transcript.note("The conversation has expired. This is a new one.")
            case events.StatusChanged(status="ended"):
                self._clear_prompt()
                self._transcript.note("The conversation does not exist any more.")
                self._is_leaving.set()

    def _clear_prompt(self) -> None:
        if self._is_prompt_shown:
            self._output.write("\r\x1b[K")
            self._is_prompt_shown = False

    # -- what is typed ------------------------------------------------------------------------------------------------

    async def _talk(self) -> None:
        conversation = self._conversation
        await conversation.wait_until(lambda it: it.status != "syncing")
        self._show_history()
        if not conversation.messages:
            # The bot may speak first.
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await conversation.wait_until(lambda it: bool(it.messages) and not it.answering)
        while True:
            self._transcript.show_suggestions(conversation.suggestions)
            line = await self._read_line()
            if line is None:
                return
            if line.strip():
                await self._send(line)

    def _show_history(self) -> None:
        messages = [message for message in self._conversation.messages if message.delivery == "delivered"]
        self._has_begun = True
        self._transcript.bot_name = self._conversation.bot_name
        for message in messages[: max(0, len(messages) - self._history)]:
            self._transcript.skip(message)
        for message in messages:
            self._transcript.show(message)

    async def _read_line(self) -> str | None:
        hides = self._conversation.input == "password"
        self._is_prompting = True
        try:
            # Hidden before the prompt asks for it.
            with self._keyboard.hiding_input() if hides else nullcontext():
                self._write_prompt()
                line = await self._keyboard.read_line()
        finally:
            self._is_prompting = self._is_prompt_shown = False
        if hides and self._keyboard.is_terminal:
            self._output.write("********\n")
        return line

    def _write_prompt(self) -> None:
        if self._output.is_terminal and self._keyboard.is_terminal and not self._is_prompt_shown:
            self._transcript.end_line()
            self._output.write(self._output.style("user", _PROMPT))
            self._is_prompt_shown = True

    def _add_file(self, path: str) -> str:
        """Add a file to the next message, and return its name, which is the message."""
        self._files.append(Path(path).expanduser())
        return self._files[-1].name or "?"

    async def _upload_files(self) -> list[UploadedFile] | None:
        """Upload the files for the next message; return None if one of them fails."""
        files, self._files = self._files, []
        try:
            return [await self._conversation.upload(path) for path in files]
        except (ApiError, UnreachableError, OSError) as error:
            if not self._keyboard.is_terminal:
                raise
            self._transcript.note(f"Not sent: {error}")
            return None

    async def _send(self, line: str) -> None:
        """Send a line, or the quick reply with its number, and wait for the answer."""
        conversation = self._conversation
        if line.startswith(_FILE):
            line = self._add_file(line.removeprefix(_FILE).strip())
        uploaded = await self._upload_files()
        if uploaded is None:
            return
        suggestions, asked = conversation.suggestions, conversation.input
        number = int(line) if line.strip().isascii() and line.strip().isdecimal() else 0
        if asked not in _NUMERIC and 1 <= number <= len(suggestions):
            chosen = suggestions[number - 1]
            sent = conversation.send(chosen.value, shown=chosen.text)
        else:
            sent = conversation.send(line, files=uploaded)
        if self._keyboard.is_terminal and self._output.is_terminal:
            self._transcript.skip(sent)
        try:
            await conversation.answer(await conversation.delivered(sent))
        except (NotSentError, UnansweredError):
            # Its event was printed.
            if not self._keyboard.is_terminal:
                raise
        sys.stdout.flush()
