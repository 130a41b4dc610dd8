"""Calls a developer's own bot server from the terminal, as a deployed webhook bot would."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TextIO

from conversations.adapters.bot_servers.client import HttpBotServers
from conversations.adapters.streaming_request import StreamingClient
from conversations.domain import ids, timestamps
from conversations.domain.bot import Bot, DialogState
from conversations.domain.message import Message, Sender, Suggestion, Utterance
from conversations.domain.principal import user_principal, visitor_principal
from conversations.domain.turn import AppendText, SaveState, SendMessage, SendSuggestions, Turn, TurnEvent
from conversations.engines import webhook_bot
from conversations.engines.webhook_bot.engine import WebhookBotEngine
from conversations.engines.webhook_bot.program import Program

_HISTORY_LIMIT = 20


@dataclass(frozen=True, slots=True)
class OneSecret:
    """``SecretReader`` of the secret that the developer has chosen."""

    secret: str = field(repr=False)

    def get(self, reference: str) -> str:  # noqa: ARG002 - signature of the port
        """Return the secret."""
        return self.secret


@dataclass(slots=True)
class BotServerSession:
    """A conversation with a bot server on this machine.

    Attributes
    ----------
    url
        The URL of the server.
    secret
        The secret that signs requests.
    output
        Where the conversation is printed.
    user
        The id of the signed-in user; None for a visitor.
    groups
        The groups of the user.
    """

    url: str
    secret: str
    output: TextIO
    user: str | None = None
    groups: frozenset[str] = frozenset()
    _conversation_id: str = field(default_factory=lambda: ids.new_conversation_id(timestamps.now()))
    _engine: WebhookBotEngine = field(init=False)
    _messages: list[Message] = field(default_factory=list)
    _state: DialogState = field(default_factory=dict)
    _suggestions: Sequence[Suggestion] = field(default_factory=list)

    def __post_init__(self) -> None:
        client = StreamingClient(permits=lambda address: ip_address(address).is_loopback)
        self._engine = WebhookBotEngine(HttpBotServers(client, OneSecret(self.secret)))

    def run(self, inputs: Iterable[str]) -> None:
        """Send the greeting's turn, and then a turn for each line; the number of a suggestion selects it."""
        self._run_turn(None)
        for line in inputs:
            text = line.strip()
            if text:
                self._run_turn(self._add(Sender.USER, Utterance(content=self._select(text))))

    def _select(self, text: str) -> str:
        chosen = [suggestion.value for number, suggestion in enumerate(self._suggestions, 1) if text == str(number)]
        return chosen[0] if chosen else text

    def _run_turn(self, message: Message | None) -> None:
        owner = visitor_principal(self._conversation_id).owner
        if self.user is not None:
            owner = user_principal(self.user, timestamps.now()).owner
        program = Program(
            url=self.url,
            secrets=("ssm:/terminal",),
            history_limit=_HISTORY_LIMIT,
            fallback="(fallback-message)",
            error="(error-message)",
        )
        turn = Turn(
            bot=Bot(id="terminal", name="Terminal", engine=webhook_bot.ENGINE, program=program.model_dump(mode="json")),
            conversation_id=self._conversation_id,
            message=message,
            state=self._state,
            history=lambda limit: self._messages[-limit:],
            owner=owner,
            anonymous=self.user is None,
            groups=self.groups,
            now=timestamps.now() if message is None else message.timestamp,
        )
        self._suggestions = []
        streamed = ""
        for event in self._engine.run(turn):
            streamed = self._show(event, streamed, 0 if message is None else message.seq)
        for number, suggestion in enumerate(self._suggestions, 1):
            print(f"  [{number}] {suggestion.text}", file=self.output)

    def _show(self, event: TurnEvent, streamed: str, answers: int) -> str:
        """Print an event; return the text of the message in progress that was printed."""
        match event:
            case AppendText(text=text) if text:
                print(text if streamed else f"Bot: {text}", end="", flush=True, file=self.output)
                return streamed + text
            case SendMessage(utterance=utterance):
                self._add(Sender.BOT, utterance, answers)
                self._suggestions = utterance.suggestions
                mark = f" [{utterance.finish_reason}]" if utterance.finish_reason else ""
                if streamed.rstrip() == utterance.content:
                    print(mark, file=self.output)
                else:
                    separator = "\n" if streamed else ""
                    print(f"{separator}Bot: {utterance.content}{mark}", file=self.output)
                return ""
            case SendSuggestions(suggestions=suggestions):
                self._suggestions = suggestions
            case SaveState(state=state):
                self._state = state
        return streamed

    def _add(self, sender: Sender, utterance: Utterance, answers: int | None = None) -> Message:
        now, seq = timestamps.now(), len(self._messages) + 1
        message = Message(
            id=ids.new_message_id(now, seq),
            conversation_id=self._conversation_id,
            seq=seq,
            sender=sender,
            content=utterance.content,
            timestamp=now,
            suggestions=utterance.suggestions,
            finish_reason=utterance.finish_reason,
            answers=answers,
        )
        self._messages.append(message)
        return message


def print_failures(errors: TextIO) -> None:
    """Print why the server fails, which a deployed bot writes to its log."""
    handler = logging.StreamHandler(errors)
    handler.setLevel(logging.WARNING)
    logging.getLogger(webhook_bot.__name__).addHandler(handler)
