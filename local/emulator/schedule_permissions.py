"""Names the resource of a new schedule as IAM does."""

import json

from local.emulator.resource_names import AwsRequest

_PREFIX = "/schedules/"


def find_schedule(request: AwsRequest) -> str | None:
    """Return the ARN of the schedule in its group, for which AWS requires a permission of ``CreateSchedule``.

    MiniStack requires one for a schedule in the group ``default``: the group is in the body.
    """
    if request.service != "scheduler" or request.method != "POST" or not request.path.startswith(_PREFIX):
        return None
    group = json.loads(request.body or b"{}").get("GroupName", "default")
    name = request.path.removeprefix(_PREFIX)
    return f"arn:aws:scheduler:{request.region}:{request.account_id}:schedule/{group}/{name}"
