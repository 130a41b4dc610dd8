"""``docs/api.md``: every command works as written, and the tables match the code."""

import os
import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest

from conversations.contract import problems
from conversations.contract.operations import OPERATIONS
from conversations.domain import limits
from tests.stack.conftest import Stack
from tests.stack.documents import ROOT
from tests.stack.people import sign_up

PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
SIGN_IN, *REST = COMMANDS

STRICT = """
set -euo pipefail
curl() { command curl --silent --show-error --fail-with-body "$@"; }
"""


def run_shell(script: str, stack: Stack) -> str:
    """Run commands of the page against the tested stack, and return their output."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    local = script.replace("localhost:8080", urlsplit(stack["base_url"]).netloc)
    local = local.replace(".local/stack.json", os.environ.get("STACK_JSON", ".local/stack.json"))
    run = subprocess.run(
        ["bash", "-c", STRICT + local],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_sign_in_command_prints_token(stack: Stack) -> None:
    output = run_shell(SIGN_IN + "printf %s $TOKEN", stack)

    assert output.count(".") == 2
    assert len(output) > 100


def test_all_commands_work_as_written(stack: Stack) -> None:
    # A new user instead of the demo user, because the last command deletes everything of its caller.
    output = run_shell(f"TOKEN={sign_up(stack)}\n" + "".join(REST), stack)

    for part in ('"conversation_id":"conv-', '"status":"delivered"', '"has_more":', '"total":', '"openapi": "3.1'):
        assert part in output
    assert '"type":"message"' in output, "the visitor receives an answer"
    assert '"status":"pong"' in output, "the ticket opens a connection"
    assert '{"received": 7}' in output, "the script of the webhook responds"


def test_every_endpoint_has_a_command() -> None:
    for operation in OPERATIONS:
        path = operation.path.replace("{conversation_id}", "$CONVERSATION")
        path = path.replace("{bot_id}", "shop").replace("{name}", "paid")
        method = operation.method.upper()
        option = rf"-X {method} " if method in ("PATCH", "DELETE") else ""
        assert re.search(rf'curl -s {re.escape(option)}.*"?localhost:8080/api{re.escape(path)}[\s"?]', PAGE), (
            operation.name
        )


def test_table_of_errors_matches_code() -> None:
    rows = set(re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, flags=re.MULTILINE))

    error_types = problems.STATUSES | {problems.INTERNAL: problems.INTERNAL_STATUS}
    assert rows == {(str(problems.get_status(each).value), each.code) for each in error_types}


def test_table_of_limits_matches_code() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (\d+) ", PAGE, flags=re.MULTILINE))

    policies = [limits.MESSAGES, limits.HISTORY, limits.LIST, limits.WEBHOOK]
    assert {policy.name: rows.get(policy.name) for policy in policies} == {
        policy.name: str(policy.limit) for policy in policies
    }
