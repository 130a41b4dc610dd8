"""A warm process guesses where a conversation ends and asks nobody: a right guess opens nothing that is closed."""

from datetime import timedelta

import pytest

from conversations.domain.conversation import VISITOR_IDLE_SECONDS
from conversations.domain.errors import NotFoundError
from conversations.domain.principal import Principal
from tests.builders import MORNING, a_conversation, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores

ADA = a_user("ada")


def answered(stores: Stores, owner: Principal) -> str:
    """Let somebody say something and be answered; what this process guesses now is right."""
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)
    said = stores.messages.append(owner, conversation.id, a_draft(), MORNING)
    dialog = stores.turns.load(conversation.id, said.id)
    assert dialog is not None
    stores.turns.commit(dialog, [an_utterance()], {}, MORNING)
    return conversation.id


def test_a_deleted_conversation_takes_nothing_more(stores: Stores) -> None:
    session_id = answered(stores, ADA)
    conversation = stores.conversations.get(session_id)
    assert conversation is not None
    stores.conversations.mark_deleted(conversation, MORNING)

    with pytest.raises(NotFoundError):
        stores.messages.append(ADA, session_id, a_draft("Anybody there?"), MORNING)


def test_a_visitors_conversation_that_has_ended_takes_nothing_more(stores: Stores) -> None:
    visitor = a_visitor()
    session_id = answered(stores, visitor)

    with pytest.raises(NotFoundError):
        stores.messages.append(
            visitor, session_id, a_draft("Anybody there?"), MORNING + timedelta(seconds=VISITOR_IDLE_SECONDS)
        )
