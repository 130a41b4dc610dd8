"""The BASIC engine: runs the turns of conversations on the machine of the package ``basic``."""

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from basic import config, dialogs
from basic.bundle import Bundle
from basic.dialogs import TurnResult
from basic.knowledge_bases import list_attached
from basic.machine import outcome as machine
from basic.machine.execution_state import ExecutionState, StateError, load_state
from basic.machine.machine import is_pure, may_wait, redacted_as
from basic.machine.outcome import StoredState
from basic.model_config import has_model
from basic.program import ProgramFormatError
from basic.values import Value
from conversations.data_classes import dataclass
from conversations.domain.bot import Bot, DialogState
from conversations.domain.errors import ProgramNotFoundError, UnavailableError
from conversations.domain.message import Attachment, Message
from conversations.domain.turn import Redact, SaveState, SendMessage, Turn, TurnEvent, get_turn_id
from conversations.domain.turn_time import MIN_SCRIPT_SECONDS, get_script_seconds
from conversations.engines.basic.answer_input import add_yes_no
from conversations.engines.basic.free_text import FreeTextTurn
from conversations.engines.basic.host import Completer, TurnHost
from conversations.engines.basic.messages import OutputEvent, build_turn_events
from conversations.engines.basic.programs import build_program_key, parse_program_reference
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.basic.script_failures import log_script_failure
from conversations.engines.basic.script_services import ScriptServices
from conversations.engines.basic.state import BasicState, DialogMemories, build_state_events
from conversations.engines.knowledge.passages import replace_fallback
from conversations.engines.mcp.client import McpClient
from conversations.engines.model.answer import Answerer
from conversations.engines.model.completion import complete
from conversations.engines.model.settings import ModelSettings, parse_settings
from conversations.engines.output_text import MAX_MESSAGES
from conversations.ports.bots import JournalStorage

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BasicEngine:
    """``BotEngine``: runs a bot's scripts from HEAR to HEAR.

    Attributes
    ----------
    services
        What scripts use.
    journal
        Returns the storage of the replay journal of a turn.
    answerer
        Returns what answers with language models.
    mcp
        Returns the client of MCP servers.
    clock
        A monotonic clock, in seconds.
    """

    services: ScriptServices
    journal: Callable[[Turn], JournalStorage]
    answerer: Callable[[], Answerer]
    mcp: Callable[[], McpClient]
    clock: Callable[[], float] = time.monotonic

    def may_redact(self, turn: Turn) -> bool:
        """Return whether the pending HEAR asks for a secret, or might, if the script has not started yet."""
        dialog = BasicState.parse(turn.state).dialog
        return turn.message is not None and (dialog is None or redacted_as(dialog, turn.message.content) is not None)

    def may_wait(self, turn: Turn) -> bool:
        """Return whether a script of the bot uses a service, or free text is answered by a model or from documents."""
        bundle = self._find(turn.bot, turn.state)
        return bundle is None or _uses_knowledge_or_model(bundle) or may_wait(bundle.program)

    def is_pure(self, bot: Bot, state: DialogState) -> bool:
        """Return whether no script of the bot uses a service, and free text neither."""
        bundle = self._find(bot, state)
        return bundle is not None and not _uses_knowledge_or_model(bundle) and is_pure(bundle.program)

    def run(self, turn: Turn) -> Iterator[TurnEvent]:
        """Continue the script with the user's message, or start it.

        Raises
        ------
        ProgramNotFoundError, basic.program.ProgramFormatError
            If the bot's version does not exist, or was built by an incompatible compiler.
        UnavailableError
            If the bucket or a table does not respond.
        """
        state = BasicState.parse(turn.state)
        try:
            bundle = self._load(turn.bot, state)
        except (StateError, ProgramNotFoundError, ProgramFormatError) as error:
            if state.dialog is None:
                raise
            # safeguard: redact-lost-dialog
            yield from _build_redaction(_redact(state.dialog, turn.message))
            yield from self._restart(turn, error)
            return
        settings = parse_settings(bundle.config)
        host = self._build_host(turn, bundle, state, settings)
        output = _DialogTurn(turn, bundle, host).run(state.dialog)
        # safeguard: script-full-time
        if _must_run_again(host):
            # Slow services have used the time of the invocation. The next run has more, and repeats no effect.
            raise UnavailableError
        # safeguard: redact-asked
        yield from _build_redaction(output.redacted)
        if output.result.is_free_text and settings is not None and turn.message is not None:
            free_text = FreeTextTurn(self.answerer(), settings, turn, turn.message, bundle, host, self.mcp)
            dialog = yield from _answer_free_text(free_text, output)
        else:
            dialog = output.result.state
            events = build_turn_events(dialogs.join_events(output.greeting, output.result.events))
            if output.result.is_free_text and turn.message is not None:
                events = _answer_from_documents(events, bundle, host, dialog, turn.message)
            yield from add_yes_no(events, dialog, bundle.config.get(config.LOCALE, ""))
        yield from build_state_events(
            turn, replace(state, dialog=dialog), host.changed_memories, self.services.memories
        )

    def _find(self, bot: Bot, state: DialogState) -> Bundle | None:
        """Return the version of the bot that runs the next turn, None if it cannot be loaded."""
        try:
            return self._load(bot, BasicState.parse(state))
        except (StateError, ProgramNotFoundError, ProgramFormatError, UnavailableError):
            return None

    def _load(self, bot: Bot, state: BasicState) -> Bundle:
        session = None if state.dialog is None else load_state(state.dialog)
        return self.services.programs.get(_get_program_key(bot, session))

    def _build_host(self, turn: Turn, bundle: Bundle, state: BasicState, settings: ModelSettings | None) -> TurnHost:
        memories = DialogMemories(self.services.memories, state.visitor_memories, anonymous=turn.anonymous)
        return TurnHost(
            bot_id=turn.bot.id,
            owner=turn.owner,
            groups=turn.groups,
            bundle=bundle,
            services=replace(self.services, memories=memories),
            journal=ReplayJournal(self.journal(turn), takes_lease=True),
            conversation_id=turn.conversation_id,
            message_id=None if turn.message is None else turn.message.id,
            anonymous=turn.anonymous,
            # safeguard: script-time-left
            seconds_allowed=get_script_seconds(turn.time_left()),
            clock=self.clock,
            completer=None if settings is None else self._build_completer(turn, settings),
        )

    def _build_completer(self, turn: Turn, settings: ModelSettings) -> Completer:
        return lambda prompt, seconds: complete(self.answerer(), turn, settings, prompt, seconds)

    def _restart(self, turn: Turn, error: Exception) -> Iterator[TurnEvent]:
        """Apologize and clear the state of a dialog that cannot continue; the next message starts a new dialog."""
        logger.error("dialog lost: %s", error, extra={"bot": turn.bot.id})
        bundle = self.services.programs.get(parse_program_reference(turn.bot.program).key)
        yield from build_turn_events([machine.TalkEvent(config.get_error_message(bundle.config))])
        yield SaveState({})


def _must_run_again(host: TurnHost) -> bool:
    """Return whether a script was ended because it had too little time, not because it takes too long."""
    return host.is_over and host.seconds_allowed < MIN_SCRIPT_SECONDS


def _uses_knowledge_or_model(bundle: Bundle) -> bool:
    return bool(bundle.knowledge) or has_model(bundle.config)


def _get_program_key(bot: Bot, session: ExecutionState | None) -> str:
    """Return the key of the version that the dialog is in the middle of, otherwise of the bot's current version."""
    if session is not None and session.frames:
        return build_program_key(bot.id, session.program)
    return parse_program_reference(bot.program).key


class _DialogOutput(NamedTuple):
    """What a dialog does in a turn.

    Attributes
    ----------
    greeting
        The events of the start script, if it has run before the user's message.
    result
        The result of the turn.
    redacted
        The redacted content of the user's message, None if it is not redacted.
    """

    greeting: Sequence[machine.Event]
    result: TurnResult
    redacted: str | None


def _answer_free_text(free_text: FreeTextTurn, output: _DialogOutput) -> Generator[TurnEvent, None, StoredState]:
    """Let the model answer, after the greeting; return the state of the dialog."""
    # The model's answer has the quick replies.
    greeting = build_turn_events(dialogs.join_events(output.greeting, output.result.events)[:-1])
    yield from greeting
    sent = sum(isinstance(event, SendMessage) for event in greeting)
    # At least the fallback message fits: ``MAX_MESSAGES`` leaves room for it.
    return (yield from free_text.run(output.result, max(MAX_MESSAGES - sent, 1)))


def _answer_from_documents(
    events: list[OutputEvent], bundle: Bundle, host: TurnHost, state: StoredState, message: Message
) -> list[OutputEvent]:
    """Return the events of a bot without a model, with a passage of the attached documents that answers."""
    bases = list_attached(bundle, state)
    return replace_fallback(events, host.find_passages(bases, message.content)) if bases else events


@dataclass(frozen=True, slots=True)
class _DialogTurn:
    """One turn of one dialog."""

    turn: Turn
    bundle: Bundle
    host: TurnHost

    def run(self, state: StoredState | None) -> _DialogOutput:
        message = self.turn.message
        if state is not None:
            if message is None:
                return _DialogOutput((), TurnResult((), state), None)
            return _DialogOutput((), self._answer(state, message), _redact(state, message))
        greeting = self._start()
        if message is None:
            return _DialogOutput((), greeting, None)
        if dialogs.begins_again(self.bundle, greeting.state):
            # The start script would only fail, or refuse the user, once more.
            return _DialogOutput(greeting.events, TurnResult((), greeting.state), None)
        answer = self._answer(greeting.state, message)
        return _DialogOutput(greeting.events, answer, _redact(greeting.state, message))

    def _start(self) -> TurnResult:
        """Run the start script as a turn of its own, even if the user has sent a message already."""
        turn = self.host.turn(get_turn_id(self.turn.conversation_id, None), self.turn.now)
        return self._log_fault(dialogs.begin(self.bundle, turn))

    def _answer(self, state: StoredState, message: Message) -> TurnResult:
        """Continue with the user's message. A secret is redacted even if the script fails on it: ``_redact``."""
        turn = self.host.turn(self.turn.id, self.turn.now)
        attachments = [self._describe(attachment, message) for attachment in message.attachments]
        return self._log_fault(dialogs.answer(self.bundle, state, message.content, turn, attachments))

    def _describe(self, attachment: Attachment, message: Message) -> dict[str, Value]:
        """Return the fields of an attachment, and the size of an uploaded file."""
        sent = self.host.services.links.find(attachment.url, self.turn.conversation_id, message.timestamp)
        return {**attachment.model_dump(), "size": None if sent is None else sent.size}

    def _log_fault(self, result: TurnResult) -> TurnResult:
        if result.error and not _must_run_again(self.host):
            log_script_failure(self.turn.bot.id, result.error)
        return result


def _redact(state: StoredState | None, message: Message | None) -> str | None:
    """Return the redacted content of the message that a waiting dialog receives, None if it is not redacted."""
    return None if message is None else redacted_as(state, message.content)


def _build_redaction(redacted: str | None) -> Iterator[TurnEvent]:
    if redacted is not None:
        yield Redact(redacted)
