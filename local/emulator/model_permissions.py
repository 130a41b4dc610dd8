"""Names the permissions of Bedrock's streams as IAM does."""

from collections.abc import Callable
from typing import Any

type ExtractAction = Callable[..., str | None]

_ACTIONS = {"bedrock:ConverseStream": "bedrock:InvokeModelWithResponseStream"}
"""Permissions by the operations for which AWS requires another one than that of their name."""


def name_as_iam_does(extract: ExtractAction) -> ExtractAction:
    """Require the permission that AWS requires for a streamed conversation (Bedrock User Guide, "Converse API").

    MiniStack requires one with the name of the operation, which does not exist on AWS.
    """

    def extract_action(*arguments: Any, **options: Any) -> str | None:  # noqa: ANN401 - of any private function
        action = extract(*arguments, **options)
        return None if action is None else _ACTIONS.get(action, action)

    return extract_action
