"""The mailbox page: the mails that bots have sent on the local stack, which go nowhere else."""

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from http import HTTPStatus
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from local.front_door.problems import build_unavailable

_MESSAGES = "/_ministack/ses/messages"
_MAX_MAILS = 100

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 48rem; padding: 1rem; color-scheme: light dark }
article { border-top: 1px solid #8888; padding: 1rem 0 }
h2 { font-size: 1rem; margin: 0 }
p { margin: 0; overflow-wrap: anywhere }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere }
"""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Shows the last mails of the emulator's mail service, the newest first.

    Attributes
    ----------
    emulator
        A client of the emulator.
    """

    emulator: httpx.AsyncClient

    async def handle(self, _request: Request) -> Response:
        """Return the page."""
        try:
            response = await self.emulator.get(_MESSAGES)
        except httpx.HTTPError:
            return build_unavailable()
        if not response.is_success:
            return build_unavailable()
        mails = [mail for mails in response.json()["messages"].values() for mail in mails]
        return HTMLResponse(build_page(mails), HTTPStatus.OK, _HEADERS)


def build_page(mails: list[dict[str, Any]]) -> str:
    """Return the page of these mails, in which all their parts are text."""
    newest = sorted(mails, key=lambda mail: float(mail["Timestamp"]), reverse=True)[:_MAX_MAILS]
    articles = "".join(map(_build_article, newest)) or "<p>No bot has sent mail yet.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Mailbox</title><style>{_STYLE}</style></head><body><h1>Mailbox</h1>"
        "<p>What bots send on the local stack. Nothing is delivered. Reload the page for new mail.</p>"
        f'<main>{articles}</main><p><a href="/">Chat</a></p></body></html>'
    )


def _build_article(mail: dict[str, Any]) -> str:
    sent_at = datetime.fromtimestamp(float(mail["Timestamp"]), UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    to = ", ".join(map(str, mail["To"]))
    return (
        f"<article><h2>{escape(str(mail['Subject']))}</h2><p>To: {escape(to)}</p>"
        f"<p>From: {escape(str(mail['Source']))}, {sent_at} UTC</p>"
        f"<pre>{escape(str(mail['BodyText'] or ''))}</pre></article>"
    )
