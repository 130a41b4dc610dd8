"""The two demo users of the local stack."""

import json
from pathlib import Path

from general_bots_conversations.user_pool import UserPool, generate_password
from local.aws import Deployment, create_session
from local.settings import Settings

NAMES = ("user1", "user2")
_PARTNERS = "partner"


def ensure_users(settings: Settings, deployment: Deployment) -> dict[str, dict[str, str]]:
    """Create the demo users if they do not exist. Return them with their passwords."""
    users = {
        name: {"username": name, "password": password}
        for name, password in _load_passwords(settings.directory / "passwords.json").items()
    }
    client = create_session().client("cognito-idp", endpoint_url=settings.aws_endpoint)
    pool = UserPool(client, deployment.outputs["UserPoolId"])
    for user in users.values():
        pool.create(**user)
    # So that both tiers can be tried.
    pool.add_to_group(NAMES[-1], _PARTNERS)
    return users


def _load_passwords(file: Path) -> dict[str, str]:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({name: generate_password() for name in NAMES}))
    return dict(json.loads(file.read_text()))
