"""What a cold start pays for: every entry point imports what it needs and nothing else."""

import json
import os
import subprocess
import sys

import pytest

from tests.template import ROOT, functions

# Powertools loads the bare package botocore, which is small; its clients are not.
HEAVY = (
    "basic",
    "boto3",
    "botocore.client",
    "conversations.adapters",
    "conversations.services",
    "cryptography",
    "jwt",
    "urllib.request",
)


def loaded_by(statements: str) -> set[str]:
    """Return which modules a fresh process has loaded after some statements."""
    program = f"import json, sys\n{statements}\nprint(json.dumps(sorted(sys.modules)))"
    paths = os.pathsep.join(str(ROOT / path) for path in ("layers/core", "layers/basic", "functions"))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": paths,
        "POWERTOOLS_SERVICE_NAME": "conversations",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "SESSIONS_TABLE": "sessions",
        "MESSAGE_HISTORY_TABLE": "message_history",
        "VISITOR_MESSAGES_TABLE": "visitor_messages",
        "DEAD_LETTERS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/dead.fifo",
        "TELLINGS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/tellings",
        "EXPIRIES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/expiries",
        "CONNECTIONS_TABLE": "connections",
        "BOTS_TABLE": "bots",
        "BOTS_BUCKET": "bots",
        "BOT_DATA_TABLE": "bot_data",
        "REPLIES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/replies.fifo",
        "WEBSOCKET_ENDPOINT": "https://a.execute-api.us-east-1.amazonaws.com/ws",
        "DEFAULT_BOT_ID": "default",
        "OIDC_ISSUER": "https://issuer.example",
        "OIDC_AUDIENCE": "client",
        "OIDC_GROUPS_CLAIM": "groups",
        "PARTNER_GROUP": "partner",
        "PLAN_KEY_SUFFIX": "01234567-89ab-cdef-0123-456789abcdef",
        "LIMITS_TABLE": "limits",
        "TICKETS_TABLE": "tickets",
        "ERASURES_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/erasures",
        "WEBSOCKET_URL": "wss://a.execute-api.us-east-1.amazonaws.com/ws",
        "ANONYMOUS_CONNECT_LIMIT": "10",
    }
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    return set(json.loads(ran.stdout.splitlines()[-1]))


def heavy(modules: set[str]) -> set[str]:
    """Return which of the modules are worth the care."""
    return {name for name in HEAVY if any(each == name or each.startswith(f"{name}.") for each in modules)}


@pytest.mark.parametrize("folder", sorted(functions()))
def test_an_entry_point_loads_nothing_heavy_before_its_first_request(folder: str) -> None:
    assert heavy(loaded_by(f"import {folder}.app")) == set()


@pytest.mark.parametrize(
    ("folder", "asked_for", "needed", "spared"),
    [
        ("ping", "gateway", "conversations.adapters.websocket", {"conversations.adapters.dynamodb", "jwt"}),
        ("default", "gateway", "conversations.adapters.websocket", {"conversations.adapters.dynamodb", "jwt"}),
        ("authorize", "identity_service", "conversations.adapters.oidc", {"boto3", "botocore.client"}),
        (
            "get_history",
            "history_service",
            "conversations.adapters.dynamodb.message_store",
            {"jwt", "conversations.adapters.sqs"},
        ),
        ("list_conversations", "conversation_service", "conversations.adapters.dynamodb.conversation_store", {"jwt"}),
        ("send_message", "message_service", "conversations.adapters.sqs", {"jwt", "conversations.engines"}),
        (
            "reply",
            "retry_service",
            "conversations.engines",
            {"jwt", "conversations.entrypoints.rest", "basic", "conversations.engines.basic.engine"},
        ),
        ("tell", "turn_delivery", "conversations.adapters.sqs", {"jwt", "conversations.engines"}),
    ],
)
def test_a_first_request_loads_what_it_needs_and_not_what_others_need(
    folder: str, asked_for: str, needed: str, spared: set[str]
) -> None:
    modules = loaded_by(f"import {folder}.app\nfrom conversations import bootstrap\nbootstrap.{asked_for}()")

    assert needed in modules
    assert not {name for name in spared if any(each == name or each.startswith(f"{name}.") for each in modules)}
