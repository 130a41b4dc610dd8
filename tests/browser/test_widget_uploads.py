"""Files that visitors send from the widget: chosen, dropped, pasted, uploaded with progress, and sent."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import FilePayload, Locator, Route, expect

from tests.browser.conftest import NewChat
from tests.browser.test_widget_files import PIXEL
from tests.browser.widget_site import PRETTY_CSS, FakeChat, Frame

MEGABYTE = 1024 * 1024


def build_file(name: str, kind: str = "text/plain", content: bytes = b"tea") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


PHOTO = build_file("leaf.png", "image/png", PIXEL)


@dataclass
class Bucket:
    """What the bucket answers, and the forms that it got."""

    status: int = 204
    is_held: bool = False
    forms: list[bytes] = field(default_factory=list)
    waiting: list[Route] = field(default_factory=list)

    def serve(self, route: Route) -> None:
        if route.request.method != "POST":
            route.fulfill(body=PIXEL, content_type="image/png", headers={"Access-Control-Allow-Origin": "*"})
            return
        self.forms.append(route.request.post_data_buffer or b"")
        self.waiting.append(route)
        if not self.is_held:
            self.answer()

    def answer(self) -> None:
        while self.waiting:
            self.waiting.pop(0).fulfill(status=self.status, headers={"Access-Control-Allow-Origin": "*"})


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def open_chat(new_chat: NewChat, bucket: Bucket) -> Callable[..., FakeChat]:
    def create(attributes: str = "", **options: object) -> FakeChat:
        chat = new_chat(attributes, PRETTY_CSS, **options)
        chat.media = chat.FILES
        chat.widget.page.route(f"{chat.FILES}/**", bucket.serve)
        chat.widget.visit().launcher.click()
        expect(chat.widget.page.locator("gb-chat .status.online")).to_be_visible()
        return chat

    return create


@pytest.fixture
def chat(open_chat: Callable[..., FakeChat]) -> FakeChat:
    return open_chat()


def choose(chat: FakeChat, *files: FilePayload, button: str = "Choose files") -> None:
    page = chat.widget.page
    if not page.get_by_role("button", name=button).is_visible():
        page.get_by_role("button", name="Attach files").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files(list(files))


def list_files(chat: FakeChat) -> Locator:
    return chat.widget.page.get_by_role("list", name="Files to send").get_by_role("listitem")


def list_sent(chat: FakeChat) -> list[Frame]:
    return [frame for frame in chat.sent if frame["type"] == "message"]


def transfer(chat: FakeChat, event: str, file: FilePayload) -> None:
    """Drop or paste a file, as a browser does."""
    script = """(field, [name, file]) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0));
      data.items.add(new File([bytes], file.name, { type: file.type }));
      // A browser shows no files before they are dropped.
      if (name === "dragover") Object.defineProperty(data, "files", { value: [] });
      const options = { bubbles: true, composed: true, cancelable: true };
      const event = name === "paste"
        ? new ClipboardEvent(name, { ...options, clipboardData: data })
        : new DragEvent(name, { ...options, dataTransfer: data });
      return field.dispatchEvent(event);
    }"""
    data = base64.b64encode(file["buffer"]).decode()
    described = {"name": file["name"], "type": file["mimeType"], "data": data}
    assert chat.widget.composer_field.evaluate(script, [event, described]) is False, "the browser does nothing itself"


def test_files_are_uploaded_and_sent_with_a_text(chat: FakeChat, bucket: Bucket) -> None:
    widget = chat.widget

    choose(chat, PHOTO, build_file("note.txt"))

    expect(list_files(chat)).to_contain_text(["leaf.png", "note.txt"])
    expect(list_files(chat).get_by_text("Uploaded")).to_have_count(2)
    expect(widget.page.locator("gb-chat canvas")).to_have_count(1)
    assert widget.find_accessibility_problems() == []
    uploads = {frame["name"]: frame for frame in chat.sent if frame["type"] == "upload"}
    assert (uploads["leaf.png"]["content_type"], uploads["leaf.png"]["size"]) == ("image/png", len(PIXEL))
    assert b'name="key"' in bucket.forms[0]
    assert bucket.forms[0].index(b'name="file"') > bucket.forms[0].index(b'name="key"')
    widget.write("Look at these")
    expect(widget.page.get_by_role("img", name="leaf.png")).to_be_visible()
    expect(widget.user_bubbles).to_have_text("Look at these")
    expect(list_files(chat)).to_have_count(0)
    expect(widget.field).to_be_focused()
    (sent,) = list_sent(chat)
    assert sent["attachments"] == [{"file_id": "file-leaf.png"}, {"file_id": "file-note.txt"}]
    assert widget.list_violations() == []


def test_files_without_a_text_have_their_names_as_content(chat: FakeChat) -> None:
    choose(chat, PHOTO, build_file("note.txt"))
    expect(list_files(chat).get_by_text("Uploaded")).to_have_count(2)

    chat.widget.send_button.click()

    expect(chat.widget.page.get_by_role("img", name="leaf.png")).to_be_visible()
    expect(chat.widget.user_bubbles).to_have_count(0)
    assert [frame["content"] for frame in list_sent(chat)] == ["leaf.png, note.txt"]


def test_message_waits_until_its_files_are_uploaded(chat: FakeChat, bucket: Bucket) -> None:
    widget = chat.widget
    bucket.is_held = True
    choose(chat, PHOTO)
    expect(widget.page.get_by_role("progressbar", name="Uploading: leaf.png")).to_be_visible()
    assert widget.find_accessibility_problems() == []

    widget.write("Soon")

    expect(widget.announcer).to_contain_text("The files are sent as soon as they are uploaded.")
    expect(widget.field).to_have_value("Soon")
    assert list_sent(chat) == []
    bucket.answer()
    expect(widget.user_bubbles).to_have_text("Soon")
    expect(widget.field).to_have_value("")
    assert len(list_sent(chat)) == 1


def test_upload_is_cancelled(chat: FakeChat, bucket: Bucket) -> None:
    bucket.is_held = True
    choose(chat, PHOTO)
    expect(list_files(chat)).to_have_count(1)

    with chat.widget.page.expect_event("requestfailed"):
        chat.widget.page.get_by_role("button", name="Remove leaf.png").click()

    expect(list_files(chat)).to_have_count(0)
    chat.widget.write("Never mind")
    expect(chat.widget.user_bubbles).to_have_text("Never mind")
    assert "attachments" not in list_sent(chat)[0]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (build_file("big.bin", content=b"x" * (10 * MEGABYTE + 1)), "It is larger than 10 MB."),
        (build_file("empty.txt", content=b""), "It is empty."),
    ],
)
def test_file_that_cannot_be_sent_says_why_and_is_not_uploaded(chat: FakeChat, file: FilePayload, text: str) -> None:
    choose(chat, file)

    expect(list_files(chat)).to_contain_text(text)
    expect(chat.widget.announcer).to_contain_text(f"{file['name']}: {text}")
    expect(chat.widget.page.get_by_role("button", name=f"Upload {file['name']} again")).to_have_count(0)
    chat.widget.write("Hello")
    expect(chat.widget.field).to_have_value("Hello")
    assert [frame for frame in chat.sent if frame["type"] in ("upload", "message")] == []


def test_eleventh_file_is_refused(chat: FakeChat) -> None:
    choose(chat, *(build_file(f"{number}.txt") for number in range(11)))

    expect(list_files(chat).last).to_contain_text("There are already 10 files.")
    expect(list_files(chat).get_by_text("Uploaded")).to_have_count(10)


@pytest.mark.parametrize(
    ("error", "text", "can_retry"),
    [
        ("invalid_request", "The bot does not accept this file.", False),
        ("conflict", "The bot has no space for more files.", True),
        ("rate_limited", "You have sent too many files. Try again later.", True),
    ],
)
def test_refusal_of_the_server_is_shown_in_words(chat: FakeChat, error: str, text: str, *, can_retry: bool) -> None:
    chat.upload_error = error
    choose(chat, PHOTO)
    expect(list_files(chat)).to_contain_text(text)
    again = chat.widget.page.get_by_role("button", name="Upload leaf.png again")
    expect(again).to_have_count(int(can_retry))
    assert chat.widget.find_accessibility_problems() == []
    if not can_retry:
        return

    chat.upload_error = None
    again.click()

    expect(list_files(chat)).to_contain_text("Uploaded")


def test_dropped_and_pasted_files_are_uploaded(chat: FakeChat) -> None:
    transfer(chat, "dragover", PHOTO)
    transfer(chat, "drop", PHOTO)
    expect(list_files(chat)).to_contain_text(["leaf.png"])

    transfer(chat, "paste", build_file("image.png", "image/png", PIXEL))

    expect(list_files(chat).get_by_text("Uploaded")).to_have_count(2)
    assert chat.widget.list_violations() == []


def test_bot_that_asks_for_a_picture_gets_one(chat: FakeChat) -> None:
    widget = chat.widget
    chat.say("Send me a picture.", input={"type": "image"})
    button = widget.page.get_by_role("button", name="Choose an image")
    expect(button).to_be_visible()
    assert widget.page.locator("gb-chat input[type=file]").get_attribute("accept") == "image/*"
    choose(chat, build_file("note.txt"), button="Choose an image")
    expect(list_files(chat)).to_contain_text("The bot asks for another kind of file.")
    widget.page.get_by_role("button", name="Remove note.txt").click()

    choose(chat, PHOTO, button="Choose an image")
    expect(list_files(chat)).to_contain_text("Uploaded")
    widget.send_button.click()

    expect(widget.page.get_by_role("img", name="leaf.png")).to_be_visible()
    expect(button).to_have_count(0)


def test_uploaded_files_survive_a_reload(chat: FakeChat) -> None:
    widget = chat.widget
    choose(chat, PHOTO)
    expect(list_files(chat)).to_contain_text("Uploaded")

    widget.page.reload()

    expect(list_files(chat)).to_contain_text("leaf.png")
    widget.wait_until_connected()
    widget.write("Still here")
    expect(widget.user_bubbles).to_have_text("Still here")
    assert list_sent(chat)[0]["attachments"] == [{"file_id": "file-leaf.png"}]
    widget.page.reload()
    widget.wait_until_connected()
    expect(list_files(chat)).to_have_count(0)


def test_form_is_loaded_when_it_is_needed(chat: FakeChat) -> None:
    assert not any("/attach-" in url or "/upload-" in url for url in chat.widget.requests)

    choose(chat, PHOTO)

    expect(list_files(chat)).to_contain_text("Uploaded")
    assert len([url for url in chat.widget.requests if "/attach-" in url or "/upload-" in url]) == 2


def test_form_fits_a_small_screen_and_is_mirrored_in_arabic(open_chat: Callable[..., FakeChat]) -> None:
    chat = open_chat('lang="ar"', viewport={"width": 320, "height": 480})
    page = chat.widget.page
    page.get_by_role("button", name="إرفاق ملفات").click()
    # ``choose`` would open the form by its English name.
    expect(page.get_by_role("button", name="اختيار ملفات")).to_be_visible()
    choose(chat, PHOTO, button="اختيار ملفات")

    expect(page.get_by_text("تم الرفع", exact=True)).to_be_visible()
    assert page.locator("gb-chat .attach").evaluate("(form) => form.scrollWidth <= form.clientWidth")
    assert chat.widget.find_accessibility_problems() == []
    assert json.dumps(chat.widget.list_violations()) == "[]"
