"""A shop with the widget: a page of another site than the chat's, with its own styles and a strict policy."""

import json
from typing import TYPE_CHECKING, Any

from playwright.sync_api import ConsoleMessage, Locator, Page, Route, WebSocketRoute, expect

from local.settings import ROOT
from tests.browser.chat_page import TIMEOUT_MS

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT = ROOT / "web/widget/dist"
AXE = ROOT / "web/widget/node_modules/axe-core/axe.min.js"

type Frame = dict[str, Any]

expect.set_options(timeout=TIMEOUT_MS)

HOSTILE_CSS = """
html { font-size: 62.5%; }
* { font-family: cursive !important; letter-spacing: 4px !important; box-shadow: inset 0 0 0 2px red !important; }
div, p, span, button, textarea, form, header, footer, gb-chat {
  display: block !important; position: static !important; color: magenta !important; background: yellow !important;
  transform: rotate(3deg) !important; text-transform: uppercase !important; float: left !important;
  opacity: 0.4 !important;
}
.bubble, .message, .launcher, .frame, .log, #frame { display: none !important; }
h1, main { color: #333; background: white; opacity: 1; }
"""

_PAGE = """<!doctype html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>A shop</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="shop.css">
    {script}
  </head>
  <body><main><h1>Tea shop</h1><p>Black, green and white tea, fresh from the garden.</p></main>{tag}</body>
</html>
"""

PRETTY_CSS = """
body { margin: 0; font: 16px/1.6 Georgia, serif; color: #2a2a2a; background: #faf7f2; }
main { max-width: 40rem; margin: 4rem auto; padding: 0 1rem; }
"""

OBSERVE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective} ${blockedURI}`));
window.chatEvents = [];
for (const name of ["open", "close", "message", "unread", "connection", "details"]) {
  document.addEventListener(`gb-${name}`, (event) => chatEvents.push([name, event.detail]));
}
"""


def build_policy(chat: str, media: str = "data:") -> str:
    """Return the policy of a page that allows the chat at this origin, files of one, and nothing else."""
    socket = chat.replace("http", "ws", 1)
    files, frame = ("", "'none'") if media == "data:" else (f" {media}", "blob:")
    return (
        f"default-src 'none'; script-src {chat}; connect-src {chat} {socket}{files}; style-src 'self';"
        f" img-src data: {media}; media-src {media}; frame-src {frame};"
        " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types lit-html"
    )


def build_page(chat: str, attributes: str = "", language: str = "en") -> str:
    """Return the page with the script and the tag of the widget."""
    script = f'<script type="module" src="{chat}/widget.js"></script>'
    return _PAGE.format(language=language, script=script, tag=f"<gb-chat {attributes}></gb-chat>")


class Widget:
    """The widget on a page: its elements and actions.

    Parameters
    ----------
    page
        A browser tab that has not opened the page yet.
    url
        The URL of the page.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.errors: list[str] = []
        self.requests: list[str] = []
        page.add_init_script(OBSERVE_VIOLATIONS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._record_console_error)
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))

        self.element = page.locator("gb-chat")
        self.launcher = page.locator("gb-chat .launcher")
        self.badge = page.locator("gb-chat .badge")
        self.frame = page.locator("gb-chat .frame")
        self.status = page.locator("gb-chat .status")
        self.field = page.get_by_role("textbox", name="Message")
        self.send_button = page.get_by_role("button", name="Send", exact=True)
        self.stop_button = page.get_by_role("button", name="Stop the answer")
        self.log = page.get_by_role("log", name="Messages")
        self.bot_bubbles = page.locator("gb-chat .message.bot:not(.typing) .bubble")
        self.user_bubbles = page.locator("gb-chat .message.user .bubble")
        self.suggestions = page.get_by_role("group", name="Suggested replies").get_by_role("button")
        self.notice = page.locator("gb-chat .notice")
        # Whatever the language.
        self.composer_field = page.locator("gb-chat .composer [name=message]")
        self.announcer = page.locator("gb-chat #announcer")
        self.days = page.locator("gb-chat .day")
        self.times = page.locator("gb-chat time")
        self.sent_marks = page.get_by_role("img", name="Sent", exact=True)

    def visit(self) -> "Widget":
        """Open the page."""
        self.page.goto(self.url)
        expect(self.element).to_be_attached()
        return self

    def wait_until(self, condition: str) -> None:
        """Wait for a JavaScript condition. ``wait_for_function`` calls ``eval``, which the page's policy refuses."""
        self.page.evaluate(
            f"""async () => {{
              const end = Date.now() + {TIMEOUT_MS};
              while (!({condition})) {{
                if (Date.now() > end) throw new Error("the condition is still false");
                await new Promise((resolve) => setTimeout(resolve, 20));
              }}
            }}"""
        )

    def open(self) -> "Widget":
        """Open the chat and wait for the connection."""
        self.launcher.click()
        self.wait_until_connected()
        return self

    def wait_until_connected(self) -> None:
        """Wait for the connection."""
        expect(self.status).to_have_text("Online")

    def write(self, text: str) -> None:
        """Type a message and press Enter."""
        self.field.fill(text)
        self.field.press("Enter")

    def wait_until_idle(self) -> None:
        """Wait until all pictures are loaded."""
        root = "document.querySelector('gb-chat').shadowRoot.querySelector('.frame > div').shadowRoot"
        self.wait_until(f"[...{root}.querySelectorAll('img')].every(({{ complete }}) => complete)")

    def find_sent(self, text: str) -> Locator:
        """Find the visitor's messages that contain a text."""
        return self.user_bubbles.filter(has_text=text)

    def find_tool(self, name: str) -> Locator:
        """Find the buttons of messages that have a name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def list_events(self, name: str) -> list[Any]:
        """Return the details of the element's events."""
        events: list[list[Any]] = self.page.evaluate("chatEvents")
        return [detail for event, detail in events if event == name]

    def list_violations(self) -> list[str]:
        """Return what the policy of the page has forbidden."""
        violations: list[str] = self.page.evaluate("violations")
        return violations

    def find_accessibility_problems(self) -> list[str]:
        """Return what axe-core finds: WCAG 2.0 to 2.2 A and AA, and best practices."""
        if self.page.evaluate("typeof axe === 'undefined'"):
            # Not as a script of the page, which its policy would refuse.
            self.page.evaluate(AXE.read_text())
        violations: list[dict[str, Any]] = self.page.evaluate("axe.run().then(({ violations }) => violations)")
        return [f"{each['id']}: {[node['html'] for node in each['nodes']]}" for each in violations]

    def _record_console_error(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")


class FakeChat:
    """A chat server without a stack, at another site than the shop. A test writes its frames.

    Parameters
    ----------
    page
        A browser tab that has not opened the shop yet.
    attributes
        The attributes of the tag.
    css
        The styles of the shop.
    """

    SHOP, CHAT, FILES = "https://shop.example", "https://chat.example", "https://files.example"
    SESSION = "session-01890a5d-ac96-774b-bcce-b302099a8057"

    def __init__(self, page: Page, attributes: str = "", css: str = HOSTILE_CSS) -> None:
        self.sent: list[Frame] = []
        self.sockets: list[str] = []
        self.is_down = False
        self.is_slow = False
        self.refusal: dict[str, str] | None = None
        """The problem of `GET /connections/check`; None if nothing is wrong."""
        self.media = "data:"
        self.answers: Callable[[Frame], None] = lambda _frame: None
        self.upload_error: str | None = None
        """The error of the next requests for an upload."""
        self._seq = 0
        self._route: WebSocketRoute | None = None
        self.language = "en"
        self._attributes = attributes
        self._css = css
        page.route(f"{self.SHOP}/**", self._serve_shop)
        page.route(f"{self.CHAT}/**", self._serve_chat)
        page.route_web_socket(f"{self.CHAT.replace('http', 'ws')}/ws**", self._connect)
        self.widget = Widget(page, f"{self.SHOP}/")

    def say(self, text: str, **more: object) -> str:
        """Send a message of the bot; return its id."""
        message_id = self._next_id()
        body = {"id": message_id, "seq": self._seq, "sender": "bot", "content": text, "timestamp": _NOW}
        self.send(type="message", **(body | more))
        return message_id

    def write(self, *pieces: str) -> str:
        """Send an unfinished message in pieces; return its id."""
        message_id = f"msg-01890a5d-ac96-774b-bcce-{self._seq + 1:012d}"
        offset = 0
        for piece in pieces:
            self.send(type="delta", id=message_id, offset=offset, content=piece, attempt=1)
            offset += len(piece)
        return message_id

    def send(self, **frame: object) -> None:
        """Send a frame."""
        assert self._route is not None
        self._route.send(json.dumps({"session_id": self.SESSION, **frame}))

    def disconnect(self) -> None:
        """Close the connection and refuse new ones."""
        self.is_down = True
        assert self._route is not None
        self._route.close(code=1012)

    def _connect(self, route: WebSocketRoute) -> None:
        self.sockets.append(route.url)
        if self.is_down:
            route.close(code=1012)
            return
        self._route = route
        route.on_message(lambda data: self._receive(json.loads(data)))
        connected = {"bot_id": "tea", "bot_name": "Tea Shop", "anonymous": True, "session_token": "token.secret"}
        self.send(type="status", status="connected", expires_in=1800, **connected)

    def _receive(self, frame: Frame) -> None:
        self.sent.append(frame)
        if frame["type"] == "resume":
            self.send(type="status", status="resumed", last_seq=self._seq)
        if frame["type"] == "rate":
            rating = {"rating": frame["rating"]} if frame["rating"] else {}
            self.send(type="status", status="rated", id=frame["id"], **rating)
        if frame["type"] == "upload":
            self._start_upload(frame)
        if frame["type"] == "message" and not self.is_slow:
            self.deliver(frame)
            self.answers(frame)

    def deliver(self, frame: Frame) -> None:
        """Acknowledge a message of the visitor."""
        receipt = {"message_id": self._next_id(), "seq": self._seq, "timestamp": _NOW}
        self.send(type="status", status="delivered", client_message_id=frame["client_message_id"], **receipt)

    def _start_upload(self, frame: Frame) -> None:
        reply = {"client_upload_id": frame["client_upload_id"]}
        if self.upload_error is not None:
            self.send(type="error", error=self.upload_error, message="Refused.", **reply)
            return
        attachment = {name: frame[name] for name in ("name", "content_type")} | {"url": f"{self.FILES}/{frame['name']}"}
        form = {"url": f"{self.FILES}/bucket", "fields": {"key": "!new/1"}, "expires_at": _NOW}
        self.send(type="upload", file_id=f"file-{frame['name']}", attachment=attachment, upload=form, **reply)

    def _next_id(self) -> str:
        self._seq += 1
        return f"msg-01890a5d-ac96-774b-bcce-{self._seq:012d}"

    def _serve_shop(self, route: Route) -> None:
        is_css = route.request.url.endswith("/shop.css")
        body = self._css if is_css else build_page(self.CHAT, self._attributes, self.language)
        policy = {"Content-Security-Policy": build_policy(self.CHAT, self.media)}
        route.fulfill(body=body, content_type="text/css" if is_css else "text/html", headers=policy)

    def _serve_chat(self, route: Route) -> None:
        file = BUILT / route.request.url.removeprefix(self.CHAT).lstrip("/")
        headers = {"Access-Control-Allow-Origin": "*"}
        if file.is_file():
            route.fulfill(path=file, content_type="text/javascript", headers=headers)
        elif self.refusal is not None:
            route.fulfill(status=403, json=self.refusal, headers=headers)
        else:
            route.fulfill(json={"status": "ok"}, headers=headers)


_NOW = "2026-11-29T09:14:02.253Z"
