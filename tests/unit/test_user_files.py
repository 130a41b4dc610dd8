"""Files of users in scripts: HEAR AS FILE, READ, COPY and UPLOAD of what it returns."""

import pytest

from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.mail import MailAttachment
from conversations.domain.message import Draft, UploadReference
from conversations.domain.principal import Principal
from tests.builders import a_user, a_visitor
from tests.documents import build_pdf, read_pdf
from tests.fakes.scripts import ScriptWorld
from tests.unit.test_basic_replay import Shop

ADA = a_user("ada")
CSV = b"tea,5"
KEEPS = """
HEAR file AS FILE WITH "Your list, please."
kept = UPLOAD file TO "lists" AS "list.csv"
TALK kept.path + " " + kept.size + " " + kept.type + ": " + READ(file) + " " + READ(kept.path)
"""


def attach(world: ScriptWorld, conversation: Conversation, content: bytes = CSV, owner: Principal = ADA) -> Draft:
    """Upload a file, and return the draft of a message with it."""
    started = world.upload_service.start(owner, conversation.id, "tea.csv", "text/csv", len(content))
    world.uploads.receive(started.upload, content)
    return Draft(content="tea.csv", attachments=(UploadReference(file_id=started.upload.id),))


def send_file(world: ScriptWorld, conversation: Conversation, content: bytes = CSV, owner: Principal = ADA) -> None:
    world.messages.send(owner, conversation.id, attach(world, conversation, content, owner))
    world.run_bots()


def send_file_and_get_link(world: ScriptWorld, conversation: Conversation) -> str:
    """Store a file of the user, without a turn, and return its link."""
    message = world.upload_service.attach(ADA, conversation.id, attach(world, conversation))
    (file,) = message.links
    return file.url


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_script_keeps_a_file_of_the_user(owner: Principal) -> None:
    world = ScriptWorld(KEEPS)
    conversation = world.start_conversation(owner)

    send_file(world, conversation, owner=owner)

    assert world.get_bot_messages(conversation)[-1] == "lists/list.csv 5 text/csv: tea,5 tea,5"
    (file,) = world.drive.list_by_owner(owner.owner, limit=9).items
    assert (file.path, file.owner) == ("lists/list.csv", owner.owner)


def test_script_is_asked_again_without_a_file() -> None:
    world = ScriptWorld(KEEPS)
    conversation = world.start_conversation()

    world.send(conversation, "here it is")
    assert world.get_bot_messages(conversation)[-1] == "Please attach a file, such as a PDF."
    send_file(world, conversation)

    assert world.get_bot_messages(conversation)[-1].startswith("lists/list.csv")


def test_script_knows_name_type_and_size() -> None:
    world = ScriptWorld('HEAR x AS DOCUMENT WITH "?"\nTALK x.name + " " + x.type + " " + x.size')
    conversation = world.start_conversation()

    send_file(world, conversation)

    assert world.get_bot_messages(conversation)[-1] == "tea.csv text/csv 5"


def test_copy_may_have_the_name_of_the_file() -> None:
    world = ScriptWorld('HEAR x AS FILE WITH "?"\nCOPY x, "tea.csv"\nTALK READ("tea.csv")')
    conversation = world.start_conversation()

    send_file(world, conversation)

    assert world.get_bot_messages(conversation)[-1] == "tea,5"


@pytest.mark.parametrize("changes", ["nothing", "conversation", "key"])
def test_file_of_another_conversation_is_not_read(changes: str) -> None:
    world = ScriptWorld('HEAR link WITH "?"\nTALK READ(link)')
    conversation, other = world.start_conversation(), world.start_conversation(a_user("eve"))
    draft = attach(world, other, owner=a_user("eve"))
    message = world.messages.send(a_user("eve"), other.id, draft)
    (file,) = message.attachments
    links = {
        "nothing": file.url,
        "conversation": file.url.replace(other.id, conversation.id),
        "key": send_file_and_get_link(world, conversation) + "x",
    }

    world.send(conversation, links[changes])

    assert "went wrong" in world.get_bot_messages(conversation)[-1]


def test_mail_has_a_file_of_the_user() -> None:
    world = ScriptWorld('HEAR x AS FILE WITH "?"\nSEND MAIL "ada@example.com", "List", "Here", [x]')
    conversation = world.start_conversation()

    send_file(world, conversation)

    (mail,) = world.mail.sent
    assert mail.parts.attachments == (MailAttachment("tea.csv", "text/csv", CSV),)


def test_pdf_of_the_user_is_merged() -> None:
    world = ScriptWorld('HEAR x AS FILE WITH "?"\nMERGE PDF [x, x], "all.pdf"')
    conversation = world.start_conversation()
    pdf = build_pdf("Tea")
    started = world.upload_service.start(ADA, conversation.id, "tea.pdf", "application/pdf", len(pdf))
    world.uploads.receive(started.upload, pdf)
    files = (UploadReference(file_id=started.upload.id),)

    world.messages.send(ADA, conversation.id, Draft(content="tea.pdf", attachments=files))
    world.run_bots()

    (file,) = world.drive.list_folder("default", "all.pdf", limit=1)
    assert read_pdf(world.drive.read(file) or b"") == ["Tea", "Tea"]


@pytest.mark.parametrize("statement", ['MOVE x, "kept.csv"', "SEND FILE x", 'COMPRESS [x], "all.zip"'])
def test_secret_of_a_file_stays_out_of_the_log(statement: str, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(f'HEAR x AS FILE WITH "?"\n{statement}')
    conversation = world.start_conversation()

    send_file(world, conversation)

    assert "the link is no file of the drive" in caplog.text
    assert "key=" not in caplog.text


def test_link_to_a_file_elsewhere_is_downloaded() -> None:
    world = ScriptWorld('x = UPLOAD "https://shop.example/a/list.json"\nTALK x.filename + READ(x.path)')

    assert world.chat() == ['list.json{"id": 1}']


class Clerk(Shop):
    """A clerk who keeps a file between two requests."""

    script = """
    HEAR file AS FILE
    kept = UPLOAD file, "lists"
    bill = POST "https://shop.example/orders", READ(file)
    WRITE "bill.txt", bill.data.id
    """

    def __init__(self) -> None:
        super().__init__()
        self.run_until(0, after=False)
        self.message = self.messages.send(ADA, self.conversation.id, attach(self, self.conversation))
        self.job = AnswerJob(conversation_id=self.conversation.id, message_id=self.message.id)


STEPS = Clerk().run_until(0, after=False).steps


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, len(STEPS) + 1), ids=lambda step: f"{step}-{STEPS[step - 1]}")
def test_crash_at_any_step_keeps_the_file_once(step: int, *, after: bool) -> None:
    clerk = Clerk()
    assert clerk.run_until(step, after=after).crashed

    clerk.run_until(0, after=False)

    files = {
        file.path: clerk.drive.read(file) for file in clerk.drive.list_folder(clerk.conversation.bot_id, "", limit=9)
    }
    assert files["lists/tea.csv"] == CSV
    assert sorted(files) == ["bill.txt", "lists/tea.csv"]
    assert len(clerk.drive.contents) == 2
