"""Records of transcripts: the same store contract on DynamoDB and on the fake."""

from datetime import timedelta

from conversations.domain.transcript import AskedQuestion, OpenTranscript
from tests.builders import MORNING, a_conversation_id, a_user
from tests.integration.stores import Stores

ADA, EVE = a_user("ada").owner, a_user("eve").owner
DAY = timedelta(days=1)


def a_question(key: str = "key", conversation_id: str | None = None) -> AskedQuestion:
    return AskedQuestion(key, conversation_id, ("abc", None), MORNING)


def an_open(conversation_id: str | None = None, last_seq: int = 2) -> OpenTranscript:
    return OpenTranscript(conversation_id or a_conversation_id(), last_seq, ("abc", None))


def test_question_is_found_for_24_hours_by_its_owner(stores: Stores) -> None:
    question = a_question()

    assert stores.transcripts.ask(ADA, "r", question, MORNING, before=None, continued=None) == question

    assert stores.transcripts.get_asked(ADA, "r", MORNING + DAY - timedelta(seconds=1)) == question
    assert stores.transcripts.get_asked(ADA, "r", MORNING + DAY) is None
    assert stores.transcripts.get_asked(EVE, "r", MORNING) is None
    assert stores.transcripts.get_asked(ADA, "other", MORNING) is None


def test_same_question_is_stored_once_unless_it_replaces_the_known_one(stores: Stores) -> None:
    first, second = a_question("1"), a_question("2", a_conversation_id())
    stores.transcripts.ask(ADA, "r", first, MORNING, before=None, continued=None)

    assert stores.transcripts.ask(ADA, "r", second, MORNING, before=None, continued=None) == first
    assert stores.transcripts.ask(ADA, "r", second, MORNING, before=first, continued=None) == second
    assert stores.transcripts.ask(ADA, "r", a_question("3"), MORNING, before=first, continued=None) == second
    assert stores.transcripts.get_asked(ADA, "r", MORNING) == second


def test_expired_question_is_replaced(stores: Stores) -> None:
    stores.transcripts.ask(ADA, "r", a_question("1"), MORNING, before=None, continued=None)

    later = AskedQuestion("2", None, (), MORNING + DAY)
    assert stores.transcripts.ask(ADA, "r", later, MORNING + DAY, before=None, continued=None) == later


def test_open_transcripts_are_found_for_30_days_newest_first(stores: Stores) -> None:
    first, second = an_open(), an_open(a_conversation_id(MORNING + DAY))
    for transcript in (first, second):
        stores.transcripts.add_open(ADA, "h", transcript, MORNING)

    assert list(stores.transcripts.list_open(ADA, "h", MORNING + 30 * DAY - timedelta(seconds=1))) == [second, first]
    assert list(stores.transcripts.list_open(ADA, "h", MORNING + 30 * DAY)) == []
    assert list(stores.transcripts.list_open(EVE, "h", MORNING)) == []
    assert list(stores.transcripts.list_open(ADA, "h2", MORNING)) == []


def test_transcript_is_taken_once(stores: Stores) -> None:
    taken = an_open()
    stores.transcripts.add_open(ADA, "h", taken, MORNING)

    first = stores.transcripts.ask(ADA, "a", a_question("1"), MORNING, before=None, continued=("h", taken))
    second = stores.transcripts.ask(ADA, "b", a_question("2"), MORNING, before=None, continued=("h", taken))

    assert first == a_question("1")
    assert second is None
    assert stores.transcripts.get_asked(ADA, "b", MORNING) is None
    assert list(stores.transcripts.list_open(ADA, "h", MORNING)) == []


def test_erasure_of_the_owner_includes_the_records(stores: Stores) -> None:
    stores.transcripts.add_open(ADA, "h", an_open(), MORNING)
    stores.transcripts.ask(ADA, "r", a_question(), MORNING, before=None, continued=None)

    while not stores.eraser.erase_start_records(ADA):
        pass

    assert list(stores.transcripts.list_open(ADA, "h", MORNING)) == []
    assert stores.transcripts.get_asked(ADA, "r", MORNING) is None
