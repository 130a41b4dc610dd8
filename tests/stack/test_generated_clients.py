"""Clients that generators of others make from the document of the running stack: each sends a message."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.stack.client_app import NODE
from tests.stack.conftest import Stack
from tests.stack.documents import ROOT

GENERATORS = ROOT / "tests/generators"
PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
PROGRAMS: dict[str, list[str | Path]] = {
    "npx openapi-typescript": [NODE, "node_modules/openapi-typescript/bin/cli.js"],
    "npx openapi-ts": [NODE, "node_modules/@hey-api/openapi-ts/bin/run.js"],
    "openapi-python-client": [sys.executable, "-m", "openapi_python_client"],
}
"""The installed generators, by the words that start them in the documentation."""

TIMEOUT_SECONDS = 120


@pytest.fixture
def folder(tmp_path: Path, anonymous_api: httpx.Client) -> Path:
    """The project of a developer: the document that the stack serves, and the packages of the generators."""
    (tmp_path / "openapi.json").write_text(anonymous_api.get("/openapi.json").text)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(GENERATORS / "node_modules")
    return tmp_path


def run(folder: Path, *command: str | Path, **environment: str) -> str:
    """Run a command in the folder and return what it printed."""
    process = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert process.returncode == 0, process.stdout
    return process.stdout


def generate(folder: Path, program: str) -> str:
    """Run the command of docs/api.md that generates a client, and return what it printed."""
    (arguments,) = re.findall(rf"^{re.escape(program)} (.+)$", PAGE, flags=re.MULTILINE)
    return run(folder, *PROGRAMS[program], *arguments.split())


def compile_app(folder: Path, name: str) -> Path:
    """Compile an app with everything that it imports, and return the script."""
    for file in ("tsconfig.json", f"{name}.ts"):
        (folder / file).write_text((GENERATORS / file).read_text())
    run(folder, NODE, "node_modules/typescript/bin/tsc")
    return folder / f"built/{name}.js"


def check_sent(api: httpx.Client, printed: str, content: str) -> None:
    """Check that the message is in the history, and that the client understood the refusal of an empty one."""
    result = json.loads(printed.splitlines()[-1])
    history = api.get(f"/conversations/{result['conversation_id']}/history").json()
    assert content in [message["content"] for message in history["messages"]]
    assert (result["status"], result["error"]) == ("delivered", "invalid_message")


def test_openapi_typescript_and_openapi_fetch(folder: Path, stack: Stack, api: httpx.Client, token: str) -> None:
    generate(folder, "npx openapi-typescript")
    app = compile_app(folder, "send-with-openapi-fetch")

    check_sent(api, run(folder, NODE, app, stack["api_url"], token), "Hello from openapi-fetch")


def test_hey_api(folder: Path, api: httpx.Client, token: str) -> None:
    (folder / "openapi-ts.config.mjs").write_text((GENERATORS / "openapi-ts.config.mjs").read_text())
    generate(folder, "npx openapi-ts")
    app = compile_app(folder, "send-with-hey-api")

    check_sent(api, run(folder, NODE, app, token), "Hello from hey-api")


def test_openapi_python_client(folder: Path, stack: Stack, api: httpx.Client, token: str) -> None:
    printed = generate(folder, "openapi-python-client")
    script = GENERATORS / "send_with_openapi_python_client.py"

    # It knows no bodies of webhooks but JSON; it warns of any other part that it leaves out.
    warnings = [line for line in printed.splitlines() if line.startswith("WARNING")]
    assert warnings == ["WARNING parsing POST /{bot_id}/webhook/{name} within webhooks."]
    sent = run(folder, sys.executable, script, stack["api_url"], token, PYTHONPATH=str(folder))
    check_sent(api, sent, "Hello from openapi-python-client")
