"""Names the resource of a mail as IAM does."""

import json
from collections.abc import Callable
from typing import Any

type ExtractResource = Callable[..., str]

_PATH = "/v2/email/outbound-emails"


def name_sender(extract: ExtractResource) -> ExtractResource:
    """Require a permission for the identity of the sender, as AWS does for ``SendEmail``.

    MiniStack requires one for all resources.
    """

    def extract_resource_arn(  # noqa: PLR0913, PLR0917 - of a private function
        service: str,
        method: str,
        path: str,
        headers: object,
        body: bytes,
        query_params: object,
        region: str,
        account_id: str,
        **options: Any,  # noqa: ANN401 - likewise
    ) -> str:
        if service == "ses" and method == "POST" and path == _PATH and (sender := _read_sender(body)):
            return f"arn:aws:ses:{region}:{account_id}:identity/{sender}"
        return extract(service, method, path, headers, body, query_params, region, account_id, **options)

    return extract_resource_arn


def _read_sender(body: bytes) -> str:
    try:
        request = json.loads(body)
    except ValueError:
        return ""
    return str(request.get("FromEmailAddress", "")) if isinstance(request, dict) else ""
