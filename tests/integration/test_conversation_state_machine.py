"""Whatever happens to a conversation, in whatever order: nothing is lost, doubled or out of order."""

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
    """What a conversation must be: the messages in order, who was answered, what was remembered."""

    messages: list[Message]
    sent: dict[str, Message]
    answered: int = NOT_GREETED
    last_turn: tuple[Message, ...] = ()
    state: int | None = None

    @property
    def waiting(self) -> list[int]:
        """What is queued for the bot, in order: the greeting, then the questions."""
        questions = [message.seq for message in self.messages if message.sender is Sender.USER]
        return [number for number in [0, *questions] if number > self.answered]


class Conversation(RuleBasedStateMachine):
    """Two processes that send, a bot that answers, a queue that delivers more than once, clocks that disagree."""

    dialogs: Bundle[Dialog] = Bundle("dialogs")

    def __init__(self, stores: Stores, owner: Principal) -> None:
        super().__init__()
        self.stores = stores
        self.owner = owner
        conversation = a_conversation(owner)
        stores.conversations.create(conversation)
        self.session_id = conversation.id
        self.processes: list[MessageStore] = [stores.another_process(), stores.another_process()]
        self.now: datetime = MORNING
        self.model = Model([], {})
        self.turns = 0

    def _append(self, process: int, draft: Draft) -> Message:
        return self.processes[process].append(self.owner, self.session_id, draft, self.now)

    @rule(seconds=st.integers(-30, 60))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(process=st.integers(0, 1), content=st.sampled_from(WORDS))
    def somebody_says_something(self, process: int, content: str) -> None:
        self.model.messages.append(self._append(process, a_draft(content)))

    @rule(process=st.integers(0, 1), content=st.sampled_from(WORDS), name=st.sampled_from("abc"))
    def somebody_says_something_by_name(self, process: int, content: str, name: str) -> None:
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
    def a_bot_looks_at_it(self) -> Dialog:
        dialog = self._dialog()
        assert dialog.conversation.last_seq == len(self.model.messages)
        return dialog

    @precondition(lambda self: self.model.waiting)
    @rule(dialog=dialogs, sentences=st.integers(0, 3))
    def a_bot_answers_what_is_next(self, dialog: Dialog, sentences: int) -> None:
        answers = self.model.waiting[0]
        self.turns += 1
        spoken = self._commit(dialog, answers, sentences)
        assert [message.answers for message in spoken] == [answers] * sentences
        self.model.messages += spoken
        self.model.answered = answers
        self.model.last_turn = spoken
        self.model.state = self.turns

    @precondition(lambda self: self.model.answered != NOT_GREETED)
    @rule(dialog=dialogs, back=st.integers(0, 3), sentences=st.integers(0, 3))
    def an_answered_question_is_delivered_again(self, dialog: Dialog, back: int, sentences: int) -> None:
        answers = max(self.model.answered - back, 0)
        question = [each for each in self.model.messages if each.seq == answers and each.sender is Sender.USER]
        if question or answers == 0:
            told = self._commit(dialog, answers, sentences)
            assert told == tuple(each for each in self.model.messages if each.answers == answers)

    def _commit(self, dialog: Dialog, answers: int, sentences: int) -> tuple[Message, ...]:
        utterances = [an_utterance(f"{answers}.{number}", "More?") for number in range(sentences)]
        question = next((each for each in self.model.messages if each.seq == answers), None)
        if question is not None and question.seq > dialog.conversation.last_seq:
            # Work is queued behind its message, so whoever has it sees the message.
            dialog = self._dialog()
        return commit_turn(
            self.stores.turns, replace(dialog, message=question), utterances, {"turn": self.turns}, self.now
        )

    def _dialog(self) -> Dialog:
        dialog = self.stores.turns.load(self.session_id)
        assert dialog is not None
        return dialog

    @invariant()
    def the_conversation_ends_where_the_model_does(self) -> None:
        dialog = self._dialog()
        conversation = dialog.conversation
        assert conversation.last_seq == len(self.model.messages)
        assert conversation.answered_seq == self.model.answered
        assert dialog.state == ({} if self.model.state is None else {"turn": self.model.state})
        if self.model.messages:
            assert conversation.last_message == build_preview(self.model.messages[-1])
            assert conversation.last_activity == self.model.messages[-1].timestamp

    @invariant()
    def the_messages_are_numbered_and_in_order(self) -> None:
        messages = self.model.messages
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        assert all(one.id < other.id and one.timestamp <= other.timestamp for one, other in pairwise(messages))

    @invariant()
    def the_history_is_what_was_acknowledged(self) -> None:
        page = self.stores.messages.get_page(
            self._dialog().conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=1_000
        )
        assert list(page.items) == self.model.messages


@pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])
def test_random_operations_lose_duplicate_or_reorder_nothing(stores: Stores, owner: Principal) -> None:
    class InTheseStores(Conversation):
        def __init__(self) -> None:
            super().__init__(stores, a_visitor() if owner.anonymous else owner)

    effort = settings(max_examples=10, stateful_step_count=20, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(InTheseStores, settings=effort)
