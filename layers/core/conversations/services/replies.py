"""The bots' turns: from a piece of queued work to what every device sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conversations.domain import ids
from conversations.domain.bot import BotEngine, DialogState, Say, Turn
from conversations.domain.conversation import NOT_OPENED, Conversation
from conversations.domain.errors import ConversationsError
from conversations.domain.frames import ConnectedFrame, MessageFrame, ServerFrame, SuggestionFrame, TypingFrame
from conversations.domain.message import Message, Utterance, all_suggestions
from conversations.domain.ports import BotCatalogue, Clock, Dialog, MessageStore, TurnStore, VisitorStore
from conversations.domain.secrets import hash_of
from conversations.domain.work import Answer, Open, Welcome, Work
from conversations.services.delivery import Delivery
from conversations.services.sockets import new_visitor_token

_OPENING = 0
"""What the greeting of a conversation answers: the place before its first message."""


class UnknownEngineError(ConversationsError):
    """A bot names an engine this deployment does not have."""


@dataclass(frozen=True, slots=True)
class ReplyService:
    """Runs one piece of work. Running it again changes nothing and only tells the devices once more."""

    turns: TurnStore
    messages: MessageStore
    visitors: VisitorStore
    bots: BotCatalogue
    engines: Mapping[str, BotEngine]
    delivery: Delivery
    now: Clock

    def handle(self, work: Work) -> None:
        """Do what the work asks for.

        Work of a conversation that is gone is done: there is nobody to answer.

        Raises
        ------
        ConversationsError
            If it could not be done and should be tried again.
        """
        dialog = self.turns.load(work.session_id)
        if dialog is None or dialog.conversation.gone(self.now()):
            return
        match work:
            case Welcome():
                self._welcome(dialog.conversation, work.connection_id)
                self._open(dialog)
            case Open():
                self._open(dialog)
            case Answer():
                self._answer(dialog, work)

    def _welcome(self, conversation: Conversation, connection_id: str) -> None:
        token = expires_in = None
        if conversation.expires_at is not None:
            # Made here and not at $connect, so that nothing but its hash is ever written down.
            token = new_visitor_token(conversation.id)
            self.visitors.grant(conversation.id, hash_of(token))
            expires_in = int((conversation.expires_at - self.now()).total_seconds())
        frame = ConnectedFrame.of(conversation, session_token=token, expires_in=expires_in)
        self.delivery.to_new_device(conversation.owner, connection_id, frame)

    def _open(self, dialog: Dialog) -> None:
        if dialog.conversation.answered_seq == NOT_OPENED:
            self._take_turn(dialog, None)

    def _answer(self, dialog: Dialog, work: Answer) -> None:
        answered = dialog.conversation.answered_seq >= work.message.seq
        self.delivery.to_devices(
            dialog.conversation.owner,
            [] if answered else [TypingFrame(session_id=ids.public_session_id(work.session_id))],
            copies=[MessageFrame.of(work.message)],
            origin=work.connection_id,
        )
        if answered:
            self._tell(dialog.conversation, self.turns.spoken(dialog.conversation, work.message.seq))
        else:
            self._take_turn(dialog, work.message)

    def _take_turn(self, dialog: Dialog, message: Message | None) -> None:
        utterances, state = self._run(dialog, message)
        answers = _OPENING if message is None else message.seq
        spoken = self.turns.commit(dialog, answers, utterances, state, self.now())
        self._tell(dialog.conversation, spoken)

    def _run(self, dialog: Dialog, message: Message | None) -> tuple[Sequence[Utterance], DialogState]:
        bot = self.bots.get(dialog.conversation.bot_id)
        engine = self.engines.get(bot.engine)
        if engine is None:
            raise UnknownEngineError(f"bot {bot.id} wants the engine {bot.engine}")
        turn = Turn(
            bot=bot,
            session_id=dialog.conversation.id,
            message=message,
            state=dialog.state,
            history=lambda limit: self._history(dialog.conversation, limit),
        )
        utterances: list[Utterance] = []
        state = dialog.state
        for event in engine.run(turn):
            match event:
                case Say():
                    utterances.append(event.utterance)
                case _:
                    state = event.state
        return utterances, state

    def _history(self, conversation: Conversation, limit: int) -> Sequence[Message]:
        return self.messages.page(conversation.id, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=limit).items

    def _tell(self, conversation: Conversation, spoken: Sequence[Message]) -> None:
        if spoken:
            self.delivery.to_devices(conversation.owner, list(_frames_of_turn(conversation, spoken)))


def _frames_of_turn(conversation: Conversation, spoken: Sequence[Message]) -> Iterable[ServerFrame]:
    yield from (MessageFrame.of(message) for message in spoken)
    suggestions = all_suggestions(spoken)
    if suggestions:
        yield SuggestionFrame(session_id=ids.public_session_id(conversation.id), suggestions=suggestions)
