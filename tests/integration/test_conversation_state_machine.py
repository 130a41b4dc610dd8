"""State machine test of the stores: random operations lose, duplicate and reorder no message."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from conversations.domain import ids
from conversations.domain.conversation import NOT_GREETED, build_preview
from conversations.domain.dialog import Dialog
from conversations.domain.errors import ConflictError
from conversations.domain.message import Draft, Message, Sender
from conversations.domain.principal import Principal
from tests.builders import MORNING, a_conversation, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn

if TYPE_CHECKING:
    from conversations.ports.messages import MessageStore

WORDS = ["Hello", "ok", "?"]


@dataclass(slots=True)
class Model:
    """The expected conversation: messages in order, progress, and dialog state."""

    messages: list[Message]
    sent: dict[str, Message]
    answered: int = NOT_GREETED
    last_turn: tuple[Message, ...] = ()
    state: int | None = None

    @property
    def pending(self) -> list[int]:
        """What the bot has to answer, in order: the greeting, then the messages."""
        user_messages = [message.seq for message in self.messages if message.sender is Sender.USER]
        return [number for number in [0, *user_messages] if number > self.answered]


class Conversation(RuleBasedStateMachine):
    """Two sending processes, a bot, a queue that delivers more than once, and clocks that differ."""

    dialogs: Bundle[Dialog] = Bundle("dialogs")

    def __init__(self, stores: Stores, owner: Principal) -> None:
        super().__init__()
        self.stores = stores
        self.owner = owner
        conversation = a_conversation(owner)
        stores.conversations.create(conversation)
        self.conversation_id = conversation.id
        self.processes: list[MessageStore] = [stores.another_process(), stores.another_process()]
        self.now: datetime = MORNING
        self.model = Model([], {})
        self.turns = 0

    def _append(self, process: int, draft: Draft) -> Message:
        return self.processes[process].append(self.owner, self.conversation_id, draft, self.now)

    @rule(seconds=st.integers(-30, 60))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(process=st.integers(0, 1), content=st.sampled_from(WORDS))
    def user_sends_message(self, process: int, content: str) -> None:
        self.model.messages.append(self._append(process, a_draft(content)))

    @rule(process=st.integers(0, 1), content=st.sampled_from(WORDS), name=st.sampled_from("abc"))
    def user_sends_message_with_id(self, process: int, content: str, name: str) -> None:
        draft = a_draft(content, client_message_id=name)
        first = self.model.sent.get(name)
        if first is None:
            message = self._append(process, draft)
            self.model.messages.append(message)
            self.model.sent[name] = message
        elif first.content == content:
            assert self._append(process, draft) == first
        else:
            with pytest.raises(ConflictError):
                self._append(process, draft)

    @rule(target=dialogs)
    def bot_loads_dialog(self) -> Dialog:
        dialog = self._dialog()
        assert dialog.conversation.last_seq == len(self.model.messages)
        return dialog

    @precondition(lambda self: self.model.pending)
    @rule(dialog=dialogs, count=st.integers(0, 3))
    def bot_answers_next_message(self, dialog: Dialog, count: int) -> None:
        replies_to = self.model.pending[0]
        self.turns += 1
        replies = self._commit(dialog, replies_to, count)
        assert [message.answers for message in replies] == [replies_to] * count
        self.model.messages += replies
        self.model.answered = replies_to
        self.model.last_turn = replies
        self.model.state = self.turns

    @precondition(lambda self: self.model.answered != NOT_GREETED)
    @rule(dialog=dialogs, back=st.integers(0, 3), count=st.integers(0, 3))
    def answered_message_is_redelivered(self, dialog: Dialog, back: int, count: int) -> None:
        replies_to = max(self.model.answered - back, 0)
        user_message = [each for each in self.model.messages if each.seq == replies_to and each.sender is Sender.USER]
        if user_message or replies_to == 0:
            replies = self._commit(dialog, replies_to, count)
            assert replies == tuple(each for each in self.model.messages if each.answers == replies_to)

    def _commit(self, dialog: Dialog, replies_to: int, count: int) -> tuple[Message, ...]:
        utterances = [an_utterance(f"{replies_to}.{number}", "More?") for number in range(count)]
        user_message = next((each for each in self.model.messages if each.seq == replies_to), None)
        if user_message is not None and user_message.seq > dialog.conversation.last_seq:
            # A job is queued after its message is stored, so its worker finds the message.
            dialog = self._dialog()
        return commit_turn(
            self.stores.turns, replace(dialog, message=user_message), utterances, {"turn": self.turns}, self.now
        )

    def _dialog(self) -> Dialog:
        dialog = self.stores.turns.load(self.conversation_id)
        assert dialog is not None
        return dialog

    @invariant()
    def conversation_matches_model(self) -> None:
        dialog = self._dialog()
        conversation = dialog.conversation
        assert conversation.last_seq == len(self.model.messages)
        assert conversation.answered_seq == self.model.answered
        assert dialog.state == ({} if self.model.state is None else {"turn": self.model.state})
        if self.model.messages:
            assert conversation.last_message == build_preview(self.model.messages[-1])
            assert conversation.last_activity == self.model.messages[-1].timestamp

    @invariant()
    def messages_are_numbered_and_ordered(self) -> None:
        messages = self.model.messages
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        assert all(one.id < other.id and one.timestamp <= other.timestamp for one, other in pairwise(messages))

    @invariant()
    def history_matches_acknowledgements(self) -> None:
        page = self.stores.messages.get_page(
            self._dialog().conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=1_000
        )
        assert list(page.items) == self.model.messages


@pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])
def test_random_operations_lose_duplicate_or_reorder_nothing(stores: Stores, owner: Principal) -> None:
    class BoundMachine(Conversation):
        def __init__(self) -> None:
            super().__init__(stores, a_visitor() if owner.anonymous else owner)

    few_examples = settings(max_examples=10, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(BoundMachine, settings=few_examples)
