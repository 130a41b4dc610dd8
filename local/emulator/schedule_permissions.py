"""Names the resource of a new schedule as IAM does."""

import json
from typing import Any

from local.emulator.mail_permissions import ExtractResource

_PREFIX = "/schedules/"


def name_schedule(extract: ExtractResource) -> ExtractResource:
    """Require a permission for the schedule in its group, as AWS does for ``CreateSchedule``.

    MiniStack requires one for a schedule in the group ``default``: the group is in the body.
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
        if service == "scheduler" and method == "POST" and path.startswith(_PREFIX):
            group = json.loads(body or b"{}").get("GroupName", "default")
            return f"arn:aws:scheduler:{region}:{account_id}:schedule/{group}/{path.removeprefix(_PREFIX)}"
        return extract(service, method, path, headers, body, query_params, region, account_id, **options)

    return extract_resource_arn
