"""SEND FILE: messages with files, and their links."""

from urllib.parse import parse_qs, urlsplit

import pytest

from conversations.domain import ids
from conversations.domain.conversation import Conversation
from conversations.domain.errors import NotFoundError
from conversations.domain.jobs import ExpiryCheckJob
from conversations.domain.sent_file import shorten_name
from tests.builders import a_conversation_id, a_user, a_visitor
from tests.fakes.scripts import ScriptWorld
from tests.unit.test_basic_replay import Shop

ADA = a_user("ada")
NAME = "May \N{CALENDAR}.csv"
SCRIPT = f'WRITE "reports/{NAME}", "day,total"\nSEND FILE "reports/{NAME}"\nTALK "Anything else?"'


def get_links(world: ScriptWorld, conversation: Conversation) -> list[str]:
    """Return the links of a conversation."""
    return [file.url for message in world.list_messages(conversation.id) for file in message.attachments]


def open_link(world: ScriptWorld, url: str) -> str:
    """Open a link, and return the content of the file."""
    address = urlsplit(url)
    _, _, _, conversation, _, file_id = address.path.split("/")
    conversation_id = ids.parse_conversation_id(conversation, field="conversation_id")
    (key,) = parse_qs(address.query)["key"]
    assert world.downloads.get_download_url(conversation_id, file_id, key).endswith(file_id)
    return world.sent_files.contents[conversation_id, file_id].decode()


def test_file_is_sent_with_a_link() -> None:
    world = ScriptWorld(SCRIPT)
    conversation = world.start_conversation()

    first, second = world.list_messages(conversation.id)
    (file,) = first.attachments
    assert (first.content, file.name, file.content_type) == (NAME, NAME, "text/csv")
    assert file.url.startswith(f"https://chat.example/api/conversations/conv-{conversation.id}/files/")
    assert open_link(world, file.url) == "day,total"
    assert (second.content, second.attachments) == ("Anything else?", ())


def test_sent_file_stays_as_it_was() -> None:
    world = ScriptWorld(
        'WRITE "a.txt", "old"\nSEND FILE "a.txt"\nWRITE "a.txt", "new"\nSEND FILE "a.txt"\nDELETE FILE "a.txt"'
    )
    conversation = world.start_conversation()

    assert [open_link(world, link) for link in get_links(world, conversation)] == ["old", "new"]


@pytest.mark.parametrize("recipient", ["me", "User", "", "ada"])
def test_recipient_stands_before_the_path(recipient: str) -> None:
    world = ScriptWorld(f'WRITE "a.txt", "x"\nSEND FILE "{recipient}", "a.txt"\nSEND FILE "a.txt", "{recipient} says"')
    conversation = world.start_conversation(a_user("ada"))

    assert [message.content for message in world.list_messages(conversation.id)] == [
        "a.txt",
        f"{recipient} says".strip(),
    ]
    assert [open_link(world, link) for link in get_links(world, conversation)] == ["x", "x"]


@pytest.mark.parametrize("recipient", ["+55 11 99999-9999", "ana@example.com"])
def test_file_is_sent_to_nobody_else(recipient: str) -> None:
    world = ScriptWorld(f'WRITE "a.txt", "x"\nSEND FILE "{recipient}", "a.txt"')
    conversation = world.start_conversation()

    assert get_links(world, conversation) == []
    assert [message.content for message in world.list_messages(conversation.id)] == [
        "Sorry, something went wrong on my side."
    ]


def test_messages_that_are_merged_keep_their_files() -> None:
    world = ScriptWorld(
        'WRITE "a.txt", "x"\nFOR i = 1 TO 10\nSEND FILE "", "a.txt", "file " + i\nNEXT\nFOR i = 1 TO 90\nTALK i\nNEXT'
    )
    conversation = world.start_conversation()

    assert len(world.list_messages(conversation.id)) < 64
    assert len(set(get_links(world, conversation))) == 10


def test_turn_sends_ten_files_at_most() -> None:
    world = ScriptWorld('WRITE "a.txt", "x"\nFOR i = 1 TO 11\nSEND FILE "a.txt"\nNEXT')
    conversation = world.start_conversation()

    assert len(get_links(world, conversation)) == 10
    assert "something went wrong" in world.get_bot_messages(conversation)[-1]


def test_missing_file_is_an_error() -> None:
    world = ScriptWorld('SEND FILE "missing.txt"\nTALK "on"')

    assert "something went wrong" in world.chat()[0]


@pytest.mark.parametrize("change", ["key", "file", "conversation"])
def test_link_with_another_part_opens_nothing(change: str) -> None:
    world = ScriptWorld(SCRIPT)
    conversation = world.start_conversation()
    other = world.start_conversation(a_user("eve"))
    (link,), (others,) = get_links(world, conversation), get_links(world, other)
    match change:
        case "key":
            changed = link.partition("key=")[0] + "key=" + others.partition("key=")[2]
        case "file":
            changed = link.replace(urlsplit(link).path.rpartition("/")[2], urlsplit(others).path.rpartition("/")[2])
        case _:
            changed = link.replace(conversation.id, other.id)

    for refused in (changed, link.replace(conversation.id, a_conversation_id())):
        with pytest.raises(NotFoundError):
            open_link(world, refused)


def test_link_ends_after_a_week() -> None:
    world = ScriptWorld(SCRIPT)
    (link,) = get_links(world, world.start_conversation())

    world.clock.forward(hours=6 * 24)
    assert open_link(world, link)
    world.clock.forward(hours=2 * 24)
    with pytest.raises(NotFoundError, match="its link has ended"):
        open_link(world, link)


def test_secure_link_is_no_message_and_ends_at_its_time() -> None:
    world = ScriptWorld('WRITE "a.txt", "x"\nTALK GENERATE SECURE LINK "a.txt" EXPIRES 2 DAYS')
    (message,) = world.list_messages(world.start_conversation().id)

    assert message.attachments == ()
    world.clock.forward(hours=47)
    assert open_link(world, message.content) == "x"
    world.clock.forward(hours=2)
    with pytest.raises(NotFoundError, match="its link has ended"):
        open_link(world, message.content)


def test_link_ends_with_the_conversation_of_a_visitor() -> None:
    world = ScriptWorld(SCRIPT)
    conversation = world.start_conversation(a_visitor())
    (link,) = get_links(world, conversation)
    assert open_link(world, link)

    world.clock.forward(hours=1)
    with pytest.raises(NotFoundError):
        open_link(world, link)
    world.expiry.check(ExpiryCheckJob(conversation_id=conversation.id))
    assert world.sent_files.contents == {}


@pytest.mark.parametrize("everything", [False, True])
def test_erasure_erases_sent_files(*, everything: bool) -> None:
    world = ScriptWorld(SCRIPT)
    conversation, other = world.start_conversation(), world.start_conversation(a_user("eve"))
    (link,), (others,) = get_links(world, conversation), get_links(world, other)

    if everything:
        assert world.erasure.delete_user(ADA, time_left=lambda: 99)
    else:
        world.erasure.delete_conversation(ADA, conversation.id, time_left=lambda: 99)

    assert open_link(world, others)
    assert [key[0] for key in world.sent_files.contents] == [other.id]
    with pytest.raises(NotFoundError):
        open_link(world, link)


def test_link_opens_nothing_while_the_conversation_is_being_erased() -> None:
    world = ScriptWorld(SCRIPT)
    conversation = world.start_conversation()
    (link,) = get_links(world, conversation)

    world.memory.change(conversation.id, deleted=True)

    with pytest.raises(NotFoundError):
        open_link(world, link)


@pytest.mark.parametrize(
    ("name", "shortened"),
    [("a.txt", "a.txt"), ("x" * 300 + ".pdf", "x" * 251 + ".pdf"), ("x" * 300, "x" * 255)],
)
def test_long_name_keeps_its_suffix(name: str, shortened: str) -> None:
    assert shorten_name(name) == shortened


class Sender(Shop):
    """A shop that sends a file between two requests."""

    script = """
    HEAR item
    WRITE "order.txt", item
    SEND FILE "order.txt"
    bill = POST "https://shop.example/orders", item
    WRITE "order.txt", "bill " + bill.data.id
    """


STEPS = Sender().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_sends_the_file_once(step: int, *, after: bool) -> None:
    shop = Sender()
    assert shop.run_until(step, after=after).crashed

    shop.run_until(0, after=False)

    (link,) = get_links(shop, shop.conversation)
    assert open_link(shop, link) == "a pen"
    assert len(shop.sent_files.files) == 1
