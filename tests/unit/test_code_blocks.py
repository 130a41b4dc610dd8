"""The code blocks of the documents: each is run by a test, or checked here, or listed with a reason."""

import ast
import csv
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from local.settings import get_tool_path
from tests.template import ROOT
from tools.__main__ import main

RUN_BY = {
    "docs/api.md": "tests/stack/test_api_page.py",
    "docs/bots.md": "tests/integration/test_bots_page.py",
    "docs/client.md": "tests/browser/test_client_example.py",
    "docs/connect.md": "tests/browser/test_docs_site.py",
    "docs/migrating.md": "tests/integration/test_migrating_page.py",
    "docs/start.md": "tests/browser/test_docs_site.py",
    "docs/webhook-bots.md": "tests/integration/test_webhook_bots_page.py",
}
"""Pages with blocks that a test runs as they are written. The other blocks of these pages are checked here too."""

OUTPUT = {"", "text", "console"}
"""Languages of blocks that are no code: output, trees, tables and headers."""

EXCEPTIONS = {
    ("docs/api.md", "json"): "frames with an arrow and `…`; tests/stack/documents.py validates what a stack sends",
    (
        "docs/bots.md",
        "basic",
    ): "some call each other, and one has mistakes; tests/integration/test_bots_page.py runs all",
    (
        "docs/migrating.md",
        "basic",
    ): "one calls another, and one is refused by name; tests/integration/test_migrating_page.py runs all",
    ("docs/local-stack.md", "json"): "a sketch of stack.json with `…`",
}

COMPILED = {"jsx"}
"""Languages that neither Python nor Node can parse: ``tests/packages/test/types.test.ts`` compiles them."""

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs/adr").glob("*.md"),
        *(ROOT / "tests").glob("*.md"),
        *(ROOT / "clients").glob("*/README.md"),
        *(ROOT / "web").glob("*/README.md"),
    ]
)
# The blocks of docs/basic/ are generated; tests of the language run them.

_BLOCK = re.compile(r"^```(?P<language>[\w-]*)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A code block of a page."""

    page: str
    line: int
    language: str
    content: str


def list_blocks() -> list[Block]:
    blocks = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            blocks.append(Block(str(page.relative_to(ROOT)), line, match["language"], match["content"]))
    return blocks


BLOCKS = [block for block in list_blocks() if block.language not in OUTPUT | COMPILED]
CHECKED = [block for block in BLOCKS if (block.page, block.language) not in EXCEPTIONS]


def check_python(block: Block, _folder: Path) -> None:
    compile(block.content, block.page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def check_javascript(block: Block, folder: Path) -> None:
    file = folder / ("block.mts" if block.language == "ts" else "block.mjs")
    file.write_text(block.content)
    checked = subprocess.run(
        [get_tool_path(".venv", "node"), "--check", file], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def check_html(block: Block, folder: Path) -> None:
    for attributes, script in re.findall(r"<script([^>]*)>(.*?)</script>", block.content, re.DOTALL):
        assert script.strip() or "src=" in attributes
        check_javascript(block._replace(content=script, language="js"), folder)
    tags = re.findall(r"<(/?)(\w[\w-]*)", re.sub(r"<script.*?</script>|<!--.*?-->", "", block.content, flags=re.DOTALL))
    for name in {name for slash, name in tags if slash}:
        opened, closed = tags.count(("", name)), tags.count(("/", name))
        assert opened == closed, f"<{name}> is opened {opened} and closed {closed} times"


def check_css(block: Block, _folder: Path) -> None:
    rules = re.sub(
        r"[^{}]+\{(\s*[\w-]+\s*:[^{};]+;?)*\s*\}", "", re.sub(r"/\*.*?\*/", "", block.content, flags=re.DOTALL)
    )
    assert not rules.strip()


def check_json(block: Block, _folder: Path) -> None:
    json.loads(block.content)


def check_yaml(block: Block, _folder: Path) -> None:
    assert isinstance(yaml.safe_load(block.content), dict | list)


def check_toml(block: Block, _folder: Path) -> None:
    assert tomllib.loads(block.content)


def check_csv(block: Block, _folder: Path) -> None:
    assert {len(row) for row in csv.reader(block.content.splitlines())} == {2}


def check_shell(block: Block, _folder: Path) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    # A prompt or the sign of a frame at the start of a line is output of a program in the foreground.
    script = re.sub(r"^[<>] .*$", "", block.content, flags=re.MULTILINE)
    checked = subprocess.run([shell, "-n"], input=script, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    code = re.sub(r"(^|\s)#.*$", "", script, flags=re.MULTILINE)
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for arguments in re.findall(r"(?:^|[;&|] ?)(?:\w+=\S+ )*make((?: [^\s|;&]+)*)", code, re.MULTILINE):
        named = [word for word in arguments.split() if re.fullmatch(r"[a-z-]+", word)]
        assert set(named) <= targets, f"make {arguments}: no such target"
    for module in re.findall(r"python -m ((?:tools|tests|local|bench)[\w.]*)", code):
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{module} does not exist"
    # The reader makes the package of this page.
    is_example = block.page == "docs/start.md"
    for path in re.findall(r"(?:^|[\s=])((?:tests|bots|docs|web|local|tools|clients)/[\w/.-]+)", code):
        is_built = "/dist" in path
        assert is_built or (is_example and path.startswith("bots/tea.gbai")) or (ROOT / path).exists(), (
            f"{path} does not exist"
        )


def check_basic(block: Block, folder: Path) -> None:
    scripts = folder / "shop.gbai/shop.gbdialog"
    scripts.mkdir(parents=True)
    (scripts / "start.bas").write_text(block.content)
    assert main(["bots", "check", str(folder / "shop.gbai")]) == 0


CHECKS = {
    "python": check_python,
    "js": check_javascript,
    "ts": check_javascript,
    "html": check_html,
    "css": check_css,
    "json": check_json,
    "yaml": check_yaml,
    "toml": check_toml,
    "csv": check_csv,
    "sh": check_shell,
    "basic": check_basic,
}


@pytest.mark.parametrize("block", CHECKED, ids=lambda block: f"{block.page}:{block.line}")
def test_block_is_valid(block: Block, tmp_path: Path) -> None:
    assert block.language in CHECKS, f"{block.language}: add a check, or an exception with its reason"

    CHECKS[block.language](block, tmp_path)


@pytest.mark.parametrize(("page", "test"), RUN_BY.items())
def test_page_is_read_by_its_test(page: str, test: str) -> None:
    assert page in (ROOT / test).read_text(encoding="utf-8")


def test_exceptions_are_needed() -> None:
    found = {(block.page, block.language) for block in BLOCKS}

    assert EXCEPTIONS.keys() - found == set()
