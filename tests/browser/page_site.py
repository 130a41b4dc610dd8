"""The page with a server that is a fake: a test decides what conversations there are, and what happens elsewhere."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, Route, WebSocketRoute

from local.settings import ROOT
from local.website_headers import get_headers
from tests.browser.chat_page import ChatPage
from tests.browser.widget_site import OBSERVE_VIOLATIONS

BUILT = ROOT / "web/page/dist"
SITE = "https://chat.example"
USER = "ada"

# What the distribution sends, with the origins of the fake socket and provider.
POLICY = get_headers("/")["Content-Security-Policy"].replace(
    "connect-src 'self'", "connect-src 'self' wss://chat.example https://login.example"
)

type Json = dict[str, Any]


@dataclass(slots=True)
class Talk:
    """A conversation on the fake server."""

    number: int
    bot_name: str = "Tea Shop"
    title: str = ""
    status: str = "active"
    messages: list[Json] = field(default_factory=list)

    @property
    def key(self) -> str:
        return f"01890a5d-ac96-774b-bcce-{self.number:012d}"

    @property
    def id(self) -> str:
        return f"conv-{self.key}"

    @property
    def session(self) -> str:
        return f"session-{self.key}"

    def summarize(self) -> Json:
        last = self.messages[-1] if self.messages else {"content": "", "timestamp": _format(self.number)}
        summary = {
            "id": self.id,
            "bot_id": "tea",
            "bot_name": self.bot_name,
            "last_message": last["content"],
            "last_activity": last["timestamp"],
            "status": self.status,
        }
        return summary | ({"title": self.title} if self.title else {})

    def say(self, text: str, sender: str = "bot", **more: Any) -> Json:  # noqa: ANN401 - JSON
        """Store a message."""
        seq = len(self.messages) + 1
        identity = f"msg-{self.key[:-12]}{self.number * 1000 + seq:012d}"
        message = {
            "id": identity,
            "seq": seq,
            "sender": sender,
            "content": text,
            "timestamp": _format(self.number, seq),
        }
        self.messages.append(message | more)
        return self.messages[-1]


class FakeService:
    """The website and the API, at one origin.

    Parameters
    ----------
    page
        A browser tab that has not opened the page yet.
    count
        The number of the user's conversations; the last one is the newest.
    """

    def __init__(self, page: Page, count: int = 3) -> None:
        self.talks = [self._create(number) for number in range(1, count + 1)]
        self.requests: list[tuple[str, str]] = []
        self.sockets: list[str] = []
        self.page_size = 50
        self.tokens: set[str] = set()
        self.config: Json = {"demo_users": [{"username": USER}]}
        self.is_down = False
        self._route: WebSocketRoute | None = None
        page.add_init_script(OBSERVE_VIOLATIONS)
        page.route(f"{SITE}/**", self._serve)
        page.route_web_socket(f"{SITE.replace('http', 'ws')}/ws**", self._connect)
        self.chat = ChatPage(page, SITE)
        self.page = page

    def open(self, path: str = "/", *, connects: bool = True) -> ChatPage:
        """Open the page as the user, and wait for the connection if the page says so in English."""
        self.page.add_init_script(
            """if (!sessionStorage.started) Object.assign(sessionStorage, {
              started: 1, identity: JSON.stringify({ username: "ada", token: "t", expiresAt: 1e15 }),
            })"""
        )
        self.page.goto(SITE + path)
        if connects:
            self.chat.wait_until_connected()
        return self.chat

    def find(self, identity: str) -> Talk | None:
        """Find a conversation by the id in a path."""
        return next((talk for talk in self.talks if identity in (talk.id, talk.session)), None)

    def send(self, talk: Talk, **frame: object) -> None:
        """Send a frame of a conversation to the page."""
        assert self._route is not None
        self._route.send(json.dumps({"session_id": talk.session, "conversation_id": talk.id, **frame}))

    def say(self, talk: Talk, text: str, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Let the bot say something, now."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.send(talk, type="message", **talk.say(text, timestamp=now, **more))

    def list_requests(self, method: str) -> list[str]:
        """Return the paths that were requested with a method."""
        return [path for used, path in self.requests if used == method]

    def list_violations(self) -> list[str]:
        """Return what the policy of the page has forbidden."""
        violations: list[str] = self.page.evaluate("violations")
        return violations

    # ------------------------------------------------------------------------------------------ the server
    def _create(self, number: int) -> Talk:
        talk = Talk(number)
        talk.say(f"Welcome to talk {number}.")
        return talk

    def _list(self) -> list[Talk]:
        return sorted(self.talks, key=lambda talk: str(talk.summarize()["last_activity"]), reverse=True)

    def _serve(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.startswith("/api/"):
            self.requests.append((route.request.method, url.path))
            self.tokens |= {route.request.headers.get("authorization", "").removeprefix("Bearer ")} - {""}
            status, body = self._answer(route.request.method, url.path.removeprefix("/api"), parse_qs(url.query), route)
            route.fulfill(status=status, json=body)
        elif url.path == "/config.json":
            route.fulfill(json={"api_url": "/api", "ws_path": "/ws", **self.config})
        elif url.path == "/demo/token":
            route.fulfill(json={"token": "t", "expires_in": 3600})
        else:
            file = BUILT / (url.path.lstrip("/") or "index.html")
            route.fulfill(path=file, headers=_get_headers(file.suffix))

    def _answer(self, method: str, path: str, query: dict[str, list[str]], route: Route) -> tuple[int, Any]:  # noqa: PLR0911 - JSON; a route each
        match [method, *path.strip("/").split("/")]:
            case ["GET", "health"]:
                return 200, {"status": "ok"}
            case ["POST", "tickets"]:
                return 200, {"ticket": "ticket"}
            case ["GET", "bots"]:
                bot = {"id": "tea", "name": "Tea Shop", "description": "Sells tea.", "default": True}
                return 200, {"bots": [bot, bot | {"id": "coffee", "name": "Coffee Shop", "default": False}]}
            case ["GET", "conversations"]:
                start = int(query.get("cursor", ["0"])[0])
                items, end = self._list(), start + self.page_size
                more = str(end) if end < len(items) else None
                page = [talk.summarize() for talk in items[start:end]]
                return 200, {"conversations": page, "total": len(items), "next_cursor": more}
            case ["POST", "conversations", "claim"]:
                return 200, self._list()[0].summarize()
            case ["POST", "conversations", "start"]:
                self.talks.append(self._create(len(self.talks) + 1))
                return 201, {"conversation_id": self.talks[-1].id, "session_id": self.talks[-1].session}
            case ["GET", "me", "export"]:
                start = int(query.get("cursor", ["0"])[0])
                talk = self.talks[start]
                more = str(start + 1) if start + 1 < len(self.talks) else None
                return 200, {"conversation": talk.summarize(), "messages": talk.messages, "next_cursor": more}
            case ["DELETE", "me"]:
                self.talks = []
                return 202, {"status": "erasing"}
            case [_, "conversations", identity, *rest]:
                return self._answer_for(method, identity, rest, route)
        return 404, _build_problem(404, "not_found")

    def _answer_for(self, method: str, identity: str, rest: list[str], route: Route) -> tuple[int, Any]:
        talk = self.find(identity)
        if talk is None:
            return 404, _build_problem(404, "not_found")
        if rest == ["history"]:
            return 200, {"messages": talk.messages, "has_more": False}
        if method == "DELETE":
            self.talks.remove(talk)
            return 200, {"status": "deleted"}
        if method == "PATCH":
            change = route.request.post_data_json or {}
            talk.status, talk.title = change.get("status", talk.status), change.get("title", talk.title) or ""
        return 200, talk.summarize()

    def _connect(self, route: WebSocketRoute) -> None:
        self.sockets.append(route.url)
        if self.is_down:
            route.close(code=1012)
            return
        self._route = route
        query = parse_qs(urlsplit(route.url).query)
        named = self.find(query.get("session_id", query.get("conversation_id", [""]))[0])
        if named is None and not self.talks:
            self.talks.append(self._create(1))
        talk = named or self._list()[0]
        is_user = "ticket" in query
        token = {} if is_user else {"session_token": "token.secret", "expires_in": 1800}
        connected = {"bot_id": "tea", "bot_name": talk.bot_name, "anonymous": not is_user, **token}
        self.send(talk, type="status", status="connected", **connected)
        route.on_message(lambda data: self._receive(json.loads(data)))

    def _receive(self, frame: Json) -> None:
        talk = self.find(frame.get("session_id", ""))
        if talk is None:
            return
        if frame["type"] == "resume":
            self.send(talk, type="status", status="resumed", last_seq=len(talk.messages))
        if frame["type"] == "message":
            known = {"client_message_id": frame["client_message_id"]}
            message = talk.say(frame["content"], "user", **known)
            receipt = {"message_id": message["id"], "seq": message["seq"], "timestamp": message["timestamp"]}
            self.send(talk, type="status", status="delivered", **known, **receipt)


def _get_headers(suffix: str) -> dict[str, str]:
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    return {"Content-Type": types[suffix], "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}


def _build_problem(status: int, code: str) -> Json:
    return {"type": "about:blank", "title": "Error", "status": status, "error": code, "detail": "No."}


def _format(number: int, seq: int = 0) -> str:
    """Return a time: the later conversations are the newer ones."""
    time = datetime.now(UTC) - timedelta(minutes=600 - number * 2) + timedelta(seconds=seq)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
