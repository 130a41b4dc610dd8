"""``conversations tail``: follow a conversation, or all of one's conversations."""

import argparse
import asyncio

from general_bots_conversations import events
from general_bots_conversations.async_client import AsyncClient
from general_bots_conversations.async_conversation import AsyncConversation
from general_bots_conversations.cli.output import Output, clean, create_output, get_text, to_json
from general_bots_conversations.cli.server import add_arguments, create_client
from general_bots_conversations.errors import SignedOutError
from general_bots_conversations.models import Message

_PAGE_SIZE = 20


def add_command(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_arguments(parser)
    parser.add_argument("conversation", nargs="?", metavar="ID", help="a conversation (default: all of the user)")
    parser.add_argument(
        "--history", type=int, default=0, metavar="N", help="messages of the conversation to begin with"
    )
    parser.add_argument("--json", action="store_true", help="print lines of JSON")
    parser.set_defaults(command=_tail)


def _tail(options: argparse.Namespace) -> int:
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    async with create_client(options, needs_user=True) as client:
        await Tail(client, create_output(is_json=options.json), options.conversation, options.history).run()
    return 1


class Tail:
    """Prints each new message once, also those that were missed during a lost connection.

    Each conversation that something happens in is opened, so that the client fetches what is missing of it.
    """

    def __init__(self, client: AsyncClient, output: Output, name: str | None, history: int) -> None:
        self._client = client
        self._output = output
        self._name = name
        self._history = history
        self._since = ""
        """Only messages after this time are new; empty for all."""
        self._opened: dict[int, AsyncConversation] = {}
        self._names: set[str] = set()

    async def run(self) -> None:
        """Print messages until the user leaves, or the conversation ends."""
        stream = self._client.events()
        if self._name is None:
            page = await self._client.list_conversations(limit=1)
            self._since = page.conversations[0].last_activity if page.conversations else ""
        else:
            await self._begin(self._open(self._name))
        async for event in stream:
            if not await self._handle(event):
                return

    async def _begin(self, conversation: AsyncConversation) -> None:
        """Show the end of a conversation."""
        await conversation.wait_until(lambda it: it.status != "syncing")
        messages = [message for message in conversation.messages if message.seq is not None]
        for message in messages[max(0, len(messages) - self._history) :] if self._history else ():
            self._print(conversation, message)
        self._since = messages[-1].timestamp if messages else ""

    async def _handle(self, event: events.Event) -> bool:
        """Handle an event; return whether more can follow."""
        match event:
            case events.MessageReceived(conversation=number, message=message) if number in self._opened:
                if message.timestamp > self._since:
                    self._print(self._opened[number], message)
            case events.Activity(conversation_id=name) if self._name is None:
                self._open(name)
            case events.StateChanged(state="open") if self._name is None:
                await self._open_changed()
            case events.ConnectionFailed(message=text) | events.Problem(message=text):
                self._output.note(text)
            case events.SignedOut():
                raise SignedOutError
            case events.StatusChanged(conversation=number, status="ended") if number in self._opened:
                self._output.note(f"{self._opened.pop(number).id} does not exist any more.")
                return self._name is None
        return True

    async def _open_changed(self) -> None:
        """Open the conversations in which something has happened while the connection was lost."""
        cursor = None
        while True:
            page = await self._client.list_conversations(limit=_PAGE_SIZE, cursor=cursor)
            for found in page.conversations:
                if found.last_activity <= self._since:
                    return
                self._open(found.id)
            cursor = page.next_cursor
            if cursor is None:
                return

    def _open(self, name: str) -> AsyncConversation:
        conversation = self._client.conversation(name)
        self._opened[conversation.number] = conversation
        return conversation

    def _print(self, conversation: AsyncConversation, message: Message) -> None:
        if self._output.is_json:
            self._output.write_json("message", conversation_id=conversation.id, message=to_json(message))
            return
        name = "You" if message.sender == "user" else clean(conversation.bot_name) or "Bot"
        where = "" if self._name is not None else self._output.style("faint", f"{conversation.id} ")
        self._output.write(f"{where}{self._output.style(message.sender, f'{name}: ')}{get_text(message)}\n")
