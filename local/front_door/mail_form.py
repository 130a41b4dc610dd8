"""Writing a mail to a bot: stands in for Amazon SES, which receives no mail on the local stack."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import parse_qs
from uuid import uuid4

import httpx
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from local.aws import CREDENTIALS
from local.front_door.config import FrontDoorConfig
from local.front_door.problems import build_problem, build_unavailable
from local.settings import REGION

_MAX_BYTES = 256 * 1024
_FIELDS = ("from", "to", "subject", "text")

FORM = """
<details>
<summary>Write to a bot</summary>
<form method="post" action="/mailbox">
<p>Stands in for receiving mail with Amazon SES: the bot with an <code>ON EMAIL</code> for the address runs it.</p>
<label>From <input name="from" type="email" required value="ada@example.com"></label>
<label>To <input name="to" type="email" required></label>
<label>Subject <input name="subject"></label>
<label>Text <textarea name="text" rows="5"></textarea></label>
<button>Send</button>
</form>
</details>
"""


class MailForm:
    """Stores the mail of a form and reports it as Amazon SES does: all that follows is what runs on AWS.

    Parameters
    ----------
    emulator
        A client of the emulator.
    config
        The configuration of the front door.
    """

    def __init__(self, emulator: httpx.AsyncClient, config: FrontDoorConfig) -> None:
        self._emulator = emulator
        self._config = config

    async def handle(self, request: Request) -> Response:
        """Receive the mail of a form, and show the mailbox."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _MAX_BYTES:
                return build_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The mail is too large.")
        try:
            values = parse_qs(body.decode(), keep_blank_values=True)
            sender, to, subject, text = (values.get(name, [""])[0].strip() for name in _FIELDS)
            message = build_message(sender, to, subject, text)
        except ValueError:
            return build_problem(HTTPStatus.BAD_REQUEST, "The form is no mail.")
        try:
            await self._receive(to, message)
        except httpx.HTTPError:
            return build_unavailable()
        return RedirectResponse("/mailbox", HTTPStatus.SEE_OTHER)

    async def _receive(self, to: str, message: EmailMessage) -> None:
        mail_id = uuid4().hex
        await self._send("s3", "PUT", f"/{self._config.drive_bucket}/%21mail/{mail_id}", message.as_bytes())
        notification = json.dumps(build_notification(mail_id, to, datetime.now(UTC)))
        job = {"QueueUrl": self._config.received_mails_queue, "MessageBody": notification}
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.SendMessage"}
        await self._send("sqs", "POST", "/", json.dumps(job).encode(), headers)

    async def _send(
        self, service: str, method: str, path: str, body: bytes, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Send a request with the signature of the account's root, as the emulator checks permissions."""
        request = AWSRequest(method, f"{self._config.aws_endpoint}{path}", headers={**headers}, data=body)
        auth = S3SigV4Auth if service == "s3" else SigV4Auth
        auth(CREDENTIALS, service, REGION).add_auth(request)
        response = await self._emulator.request(method, path, content=body, headers=dict(request.headers.items()))
        response.raise_for_status()


def build_message(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """Build the mail.

    Raises
    ------
    ValueError
        If an address is missing or invalid.
    """
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, " ".join(subject.split())
    message["Message-ID"] = f"<{uuid4().hex}@mailbox.example>"
    if not sender or not to or message["From"].defects or message["To"].defects:
        raise ValueError("an address is invalid")
    message.set_content(text)
    return message


def build_notification(mail_id: str, to: str, now: datetime) -> dict[str, object]:
    """Build what Amazon SES reports about a mail; without verdicts, as nothing checks the sender here."""
    return {
        "notificationType": "Received",
        "mail": {"messageId": mail_id, "timestamp": now.isoformat(), "destination": [to]},
        "receipt": {"recipients": [to]},
    }
