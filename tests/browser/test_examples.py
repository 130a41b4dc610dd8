"""The examples of the TypeScript client on their development server, with the running stack behind it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from local.processes import is_port_free
from local.settings import ALLOWED_ORIGINS, ROOT
from tests.browser.chat_page import TIMEOUT_MS
from tests.browser.stack_file import Stack
from tests.stack.client_app import NODE

WEB = ROOT / "web"
PACKAGES = ROOT / "tests/packages/node_modules"
START_SECONDS = 90

expect.set_options(timeout=TIMEOUT_MS)


def install(name: str, folder: Path) -> Path:
    """Copy an example; its packages are the client with the hooks, and the installed ones of the package tests."""
    project = folder / name
    shutil.copytree(WEB / "examples" / name, project, ignore=shutil.ignore_patterns("node_modules", "dist"))
    client = project / "node_modules/@general-bots/conversations-client"
    client.mkdir(parents=True)
    shutil.copy(WEB / "client/package.json", client)
    shutil.copytree(WEB / "client/dist", client / "dist")
    compiler = WEB / "react/node_modules/typescript/bin/tsc"
    hooks = WEB / "react/tsconfig.build.json"
    subprocess.run([NODE, compiler, "--project", hooks, "--outDir", client / "dist"], check=True)
    for package in ("react", "react-dom", "vue", "vite", "@vitejs"):
        (project / "node_modules" / package).symlink_to(PACKAGES / package)
    return project


@contextmanager
def serve(project: Path, stack: Stack) -> Iterator[str]:
    """Run the development server at an origin that the stack allows, and return its URL."""
    ports = [urlsplit(origin).port or 0 for origin in ALLOWED_ORIGINS]
    port = next(port for port in ports if is_port_free(port))
    command: list[str | Path] = [
        NODE,
        PACKAGES / "vite/bin/vite.js",
        "--port",
        str(port),
        "--strictPort",
        "--host",
        "127.0.0.1",
    ]
    environment = os.environ | {"SERVER": stack.base_url}
    with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            end = time.monotonic() + START_SECONDS
            while is_port_free(port) and time.monotonic() < end:
                time.sleep(0.1)
            yield f"http://localhost:{port}/"
        finally:
            process.terminate()


@pytest.mark.parametrize("name", ["plain", "react", "vue"])
def test_visitor_talks_in_each_example(name: str, page: Page, stack: Stack, tmp_path: Path) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    with serve(install(name, tmp_path), stack) as url:
        page.goto(url)
        messages = page.get_by_role("log", name="Messages").get_by_role("listitem")
        expect(messages).to_have_count(1)

        page.get_by_role("textbox", name="Message").fill("Thanks")
        page.get_by_role("button", name="Send").click()

        expect(messages.nth(1)).to_have_text("Thanks")
        expect(messages.nth(2)).to_have_text("You are welcome!")
        page.get_by_role("group", name="Suggested replies").get_by_role("button").first.click()
        expect(messages).to_have_count(5)
        if name == "react":
            sign_in(page)
            expect(messages).to_have_count(5)
    assert errors == []


def sign_in(page: Page) -> None:
    """Sign in, and see the claimed conversation in the list, which follows a new message."""
    page.get_by_role("button", name="Sign in as user1").click()
    entries = page.get_by_role("navigation", name="Conversations").get_by_role("listitem")
    # The list shows the beginning of the message.
    expect(entries.first).to_contain_text(page.get_by_role("listitem").last.inner_text()[:40])
