"""docs/api.md: every command in it works, and its tables match the code."""

import os
import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest

from conversations.contract import problems
from conversations.domain import limits
from tests.stack.conftest import Stack
from tests.stack.documents import ROOT
from tests.stack.users import sign_up

PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
SIGN_IN, *REST = COMMANDS

STRICT = """
set -euo pipefail
curl() { command curl --silent --show-error --fail-with-body "$@"; }
"""


def run_command(script: str, stack: Stack) -> str:
    """Run a command of the page against the stack, and return its output."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    here = script.replace("localhost:8080", urlsplit(stack["base_url"]).netloc)
    here = here.replace(".local/stack.json", os.environ.get("STACK_JSON", ".local/stack.json"))
    run = subprocess.run(
        ["bash", "-c", STRICT + here],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_page_shows_how_to_get_a_token(stack: Stack) -> None:
    printed = run_command(SIGN_IN + "printf %s $TOKEN", stack)

    assert printed.count(".") == 2
    assert len(printed) > 100


def test_every_command_of_the_page_works(stack: Stack) -> None:
    # Not the demo user, because the last command erases everything of its caller.
    printed = run_command(f"TOKEN={sign_up(stack)}\n" + "".join(REST), stack)

    for text in ('"conversation_id":"conv-', '"status":"delivered"', '"has_more":', '"total":', '"openapi": "3.1'):
        assert text in printed
    assert '"type":"message"' in printed, "the visitor is answered"
    assert '"status":"pong"' in printed, "the ticket opens a socket"
    assert '{"received": 7}' in printed, "the webhook's script answers"


def test_every_endpoint_has_a_command() -> None:
    from conversations.contract.operations import OPERATIONS

    for operation in OPERATIONS:
        path = operation.path.replace("{conversation_id}", "$CONVERSATION")
        path = path.replace("{bot_id}", "shop").replace("{name}", "paid")
        method = operation.method.upper()
        option = rf"-X {method} " if method in ("PATCH", "DELETE") else ""
        assert re.search(rf'curl -s {re.escape(option)}.*"?localhost:8080/api{re.escape(path)}[\s"?]', PAGE), (
            operation.name
        )


def test_table_of_errors_matches_the_code() -> None:
    rows = set(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, flags=re.MULTILINE))

    error_types = problems.STATUSES | {problems.INTERNAL: problems.INTERNAL_STATUS}
    assert rows == {(str(problems.get_status(error_type).value), error_type.code) for error_type in error_types}


def test_table_of_limits_matches_the_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) ", PAGE, flags=re.MULTILINE))

    policies = [limits.MESSAGES, limits.HISTORY, limits.LIST, limits.WEBHOOK]
    assert {policy.name: rows.get(policy.name) for policy in policies} == {
        policy.name: str(policy.limit) for policy in policies
    }
