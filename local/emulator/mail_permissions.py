"""Names the resource of a mail as IAM does."""

import json

from local.emulator.resource_names import AwsRequest

_PATH = "/v2/email/outbound-emails"


def find_sender(request: AwsRequest) -> str | None:
    """Return the ARN of the sender's identity, for which AWS requires a permission of ``SendEmail``.

    MiniStack requires one for all resources.
    """
    if request.service != "ses" or request.method != "POST" or request.path != _PATH:
        return None
    sender = _read_sender(request.body)
    return f"arn:aws:ses:{request.region}:{request.account_id}:identity/{sender}" if sender else None


def _read_sender(body: bytes) -> str:
    try:
        request = json.loads(body)
    except ValueError:
        return ""
    return str(request.get("FromEmailAddress", "")) if isinstance(request, dict) else ""
