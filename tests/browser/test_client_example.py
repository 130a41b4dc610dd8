"""The example in ``docs/client.md`` is a working chat."""

import json
import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, expect

from local.processes import is_port_free
from local.settings import ALLOWED_ORIGINS, ROOT
from tests.browser.stack_file import get_stack_file
from tests.stack.client_app import FrontDoor


def get_port(origin: str) -> int:
    return int(origin.rpartition(":")[2])


def test_example_in_client_docs_is_a_working_chat(page: Page, tmp_path: Path) -> None:
    html, script = re.findall(r"```(?:html|js)\n(.*?)```", (ROOT / "docs/client.md").read_text(), re.DOTALL)
    site = tmp_path / "page/dist"
    site.mkdir(parents=True)
    shutil.copytree(ROOT / "web/client/dist", tmp_path / "client/dist")
    (site / "index.html").write_text(html)
    (site / "chat.js").write_text(script)
    config = json.loads(get_stack_file().with_name("front-door.json").read_text())
    # Visitors connect from listed origins only.
    port = next(port for port in map(get_port, ALLOWED_ORIGINS) if is_port_free(port))
    door = FrontDoor(config | {"web": str(tmp_path)}, tmp_path / "front-door.json", port=port)
    door.start()
    try:
        page.goto(f"http://localhost:{port}/")
        lines = page.get_by_role("listitem")
        expect(lines).to_have_count(1)

        page.get_by_role("textbox").fill("Thanks")
        page.get_by_role("button", name="Send").click()

        expect(lines.nth(1)).to_have_text("user: Thanks")
        expect(lines.nth(2)).to_have_text("bot: You are welcome!")
        page.reload()
        expect(lines).to_have_count(3)
    finally:
        door.kill()
