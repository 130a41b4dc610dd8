"""Keeps the attachments of mails, which MiniStack drops, for the mailbox page."""

import base64
import json
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from typing import Any, cast

type ParseMail = Callable[[Any], dict[str, Any]]


def keep_attachments(parse: ParseMail) -> ParseMail:
    """Return the text of a mail as MiniStack does, and its attachments as JSON in place of an HTML body.

    MiniStack takes the last text of a mail for its body, also that of an attachment. The HTML of a mail is dropped.
    """

    def parse_mail(raw: Any) -> dict[str, Any]:  # noqa: ANN401 - of a private function
        parsed = parse(raw)
        message = message_from_bytes(base64.b64decode(raw), policy=default)
        body = message.get_body(("plain",))
        files = [
            {
                "name": part.get_filename() or "file",
                "content_type": part.get_content_type(),
                "content": base64.b64encode(cast("bytes", part.get_payload(decode=True) or b"")).decode(),
            }
            for part in message.iter_attachments()
        ]
        parsed["BodyParts"] = [
            {"ContentType": "text/plain", "Data": "" if body is None else body.get_content()},
            {"ContentType": "text/html", "Data": json.dumps(files)},
        ]
        return parsed

    return parse_mail
