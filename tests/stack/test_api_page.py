"""``docs/api.md``: every command works as written. ``tests/unit/test_api_page.py`` has the checks of its text."""

import os
import re
import shutil
import subprocess
from urllib.parse import urlsplit

import pytest

from local.settings import find_stack_file
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

# A reader of the page is slower than the bot, whose answer the next command rates.
WAIT_FOR_ANSWER = """
until curl "localhost:8080/api/conversations/$CONVERSATION/history" -H "Authorization: Bearer $TOKEN" \\
  | grep --quiet '"sender":"bot"'; do sleep 0.2; done
"""


def run_shell(script: str, stack: Stack) -> str:
    """Run commands of the page against the tested stack, and return their output."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    local = script.replace("localhost:8080", urlsplit(stack["base_url"]).netloc)
    local = local.replace(".local/stack.json", str(find_stack_file(os.environ)))
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
    [rate] = [command for command in REST if command.startswith("MESSAGE=")]
    commands = "".join(WAIT_FOR_ANSWER + command if command == rate else command for command in REST)
    output = run_shell(f"TOKEN={sign_up(stack)}\n" + commands, stack)

    for part in ('"conversation_id":"conv-', '"status":"delivered"', '"has_more":', '"total":', '"openapi":"3.1'):
        assert part in output
    assert '"type":"message"' in output, "the visitor receives an answer"
    assert '"status":"pong"' in output, "the ticket opens a connection"
    assert '{"received": 7}' in output, "the script of the webhook responds"
