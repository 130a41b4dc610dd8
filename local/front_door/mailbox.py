"""The mailbox page: the mails and text messages that bots have sent on the local stack, and mail to bots.

What bots send goes nowhere else.
"""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from local.front_door.mail_form import FORM
from local.front_door.problems import build_unavailable

_MAILS = "/_ministack/ses/messages", "messages"
_TEXTS = "/_ministack/sns/sms-messages", "sms_messages"
"""Where the emulator lists what was sent, and the name of the list of each sender or recipient."""
_MAX_MESSAGES = 100

_SENDERS = ("AWS.SNS.SMS.SenderID", "AWS.MM.SMS.OriginationNumber")
"""Attributes of a text message."""

type Message = dict[str, Any]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
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
details { padding: 0.5rem 0 1rem }
summary { cursor: pointer; font-weight: 600 }
form { display: grid; gap: 0.6rem; padding: 0.6rem 0 }
label { display: grid; gap: 0.2rem; font-size: 0.9rem }
input, textarea, button { font: inherit; padding: 0.4rem 0.6rem; border: 1px solid #8888; border-radius: 0.4rem }
button { justify-self: start; padding-inline: 1.2rem; font-weight: 600 }
"""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Shows the last mails and text messages of the emulator's services, the newest first.

    Attributes
    ----------
    emulator
        A client of the emulator.
    """

    emulator: httpx.AsyncClient

    async def handle(self, _request: Request) -> Response:
        """Return the page."""
        mails, texts = await self._list(*_MAILS), await self._list(*_TEXTS)
        if mails is None or texts is None:
            return build_unavailable()
        return HTMLResponse(build_page(mails, texts), HTTPStatus.OK, _HEADERS)

    async def handle_attachment(self, request: Request) -> Response:
        """Return an attachment of a mail, which a browser saves and does not show."""
        mails = await self._list(*_MAILS)
        if mails is None:
            return build_unavailable()
        mail = next((mail for mail in mails if mail["MessageId"] == request.path_params["mail"]), {})
        files, number = list_attachments(mail), request.path_params["number"]
        if number >= len(files):
            return Response("There is no such attachment.", HTTPStatus.NOT_FOUND, _HEADERS, "text/plain")
        name = quote(files[number]["name"], safe="")
        headers = {**_HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        content = base64.b64decode(files[number]["content"])
        return Response(content, HTTPStatus.OK, headers, files[number]["content_type"])

    async def _list(self, path: str, name: str) -> list[Message] | None:
        """Return the messages of a service of the emulator, None if it does not answer."""
        try:
            response = await self.emulator.get(path)
        except httpx.HTTPError:
            return None
        if not response.is_success:
            return None
        return [message for messages in response.json()[name].values() for message in messages]


def list_attachments(mail: Message) -> list[dict[str, str]]:
    """Return the attachments of a mail; see ``local.emulator.mail_attachments``."""
    files: list[dict[str, str]] = json.loads(mail.get("BodyHtml") or "[]")
    return files


def build_page(mails: list[Message], texts: list[Message]) -> str:
    """Return the page of these mails and text messages, in which all their parts are text."""
    built = [(float(mail["Timestamp"]), _build_mail(mail)) for mail in mails]
    built += [(float(text["Timestamp"]), _build_text(text)) for text in texts]
    newest = sorted(built, key=lambda message: message[0], reverse=True)[:_MAX_MESSAGES]
    articles = "".join(article for _, article in newest) or "<p>No bot has sent a message yet.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Mailbox</title><style>{_STYLE}</style></head><body><h1>Mailbox</h1>"
        "<p>The mails and text messages of bots on the local stack. Nothing is delivered. "
        "Reload the page for new ones.</p>"
        f'{FORM}<main>{articles}</main><p><a href="/">Chat</a></p></body></html>'
    )


def _build_mail(mail: Message) -> str:
    to = ", ".join(map(str, mail["To"]))
    return (
        f"<article><h2>{escape(str(mail['Subject']))}</h2><p>To: {escape(to)}</p>"
        f"<p>From: {escape(str(mail['Source']))}, {_format_time(mail)}</p>"
        f"<pre>{escape(str(mail['BodyText'] or ''))}</pre>{_build_links(mail)}</article>"
    )


def _build_text(text: Message) -> str:
    sender = next((each["StringValue"] for name, each in text["MessageAttributes"].items() if name in _SENDERS), "")
    return (
        f"<article><h2>Text message</h2><p>To: {escape(str(text['PhoneNumber']))}</p>"
        f"<p>From: {escape(sender)}, {_format_time(text)}</p>"
        f"<pre>{escape(str(text['Message']))}</pre></article>"
    )


def _format_time(message: Message) -> str:
    sent_at = datetime.fromtimestamp(float(message["Timestamp"]), UTC)
    return f"{sent_at.isoformat(' ', 'seconds').removesuffix('+00:00')} UTC"


def _build_links(mail: Message) -> str:
    links = [
        f'<li><a href="/mailbox/{quote(mail["MessageId"], safe="")}/{number}" download>{escape(file["name"])}</a></li>'
        for number, file in enumerate(list_attachments(mail))
    ]
    return f"<ul>{''.join(links)}</ul>" if links else ""
