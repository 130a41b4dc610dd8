"""``docs/bots.md``: its scripts run, and talk as it says they do."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from basic.config import KEYS
from basic.mcp_config import MCP_KEYS
from tests.template import ROOT
from tools.__main__ import main
from tools.bots.packages import read_package

TEXT = (ROOT / "docs/bots.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"' (\w+)\.bas\n")

type Captured = pytest.CaptureFixture[str]


class Lesson(NamedTuple):
    """Scripts by their names, and the text that stands below them."""

    scripts: dict[str, str]
    expected: str


def list_lessons(text: str = TEXT) -> Iterator[Lesson]:
    """Yield the scripts of a page that belong together."""
    scripts: dict[str, str] = {}
    for block in _BLOCK.finditer(text):
        named = _NAME.match(block["content"])
        if block["kind"] == "basic":
            name = named[1] if named else "start"
            if name in scripts:
                yield Lesson(scripts, "")
                scripts = {}
            scripts[name] = block["content"]
        elif scripts:
            yield Lesson(scripts, block["content"] if block["kind"] == "text" else "")
            scripts = {}


def write_package(folder: Path, lesson: Lesson) -> Path:
    package = folder / "shop.gbai"
    (package / "shop.gbdialog").mkdir(parents=True)
    for name, script in lesson.scripts.items():
        (package / f"shop.gbdialog/{name}.bas").write_text(script)
    return package


DIALOG_LESSONS = [lesson for lesson in list_lessons() if lesson.expected.startswith(("Bot: ", "You: "))]
CHECK_LESSONS = [lesson for lesson in list_lessons() if "error:" in lesson.expected]
TEST_LESSONS = [lesson for lesson in list_lessons() if "\n---\n" in lesson.expected]
OTHER_LESSONS = [lesson for lesson in list_lessons() if lesson not in (*DIALOG_LESSONS, *CHECK_LESSONS, *TEST_LESSONS)]


def test_page_has_lessons() -> None:
    assert (len(DIALOG_LESSONS), len(CHECK_LESSONS), len(TEST_LESSONS), len(OTHER_LESSONS)) == (12, 1, 1, 6)
    lessons = (*DIALOG_LESSONS, *CHECK_LESSONS, *TEST_LESSONS, *OTHER_LESSONS)
    assert TEXT.count("```basic") == sum(len(lesson.scripts) for lesson in lessons)


@pytest.mark.parametrize("lesson", DIALOG_LESSONS, ids=lambda lesson: lesson.scripts["start"].splitlines()[0])
def test_lesson_has_the_dialog_of_the_page(lesson: Lesson, tmp_path: Path, capsys: Captured) -> None:
    answers = tmp_path / "answers.txt"
    messages = [line.removeprefix("You: ") for line in lesson.expected.splitlines() if line.startswith("You: ")]
    answers.write_text("\n".join(messages))

    assert main(["bots", "run", str(write_package(tmp_path, lesson)), "--input", str(answers)]) == 0

    output = capsys.readouterr()
    assert output.out == lesson.expected
    assert [
        line for line in output.err.splitlines() if not line.startswith(("log: mail to ", "log: text message to "))
    ] == []


@pytest.mark.parametrize("lesson", OTHER_LESSONS, ids=lambda lesson: lesson.scripts["start"].splitlines()[0])
def test_other_lessons_have_no_faults(lesson: Lesson, tmp_path: Path) -> None:
    assert read_package(write_package(tmp_path, lesson)).diagnostics == []


def test_check_reports_the_faults_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (lesson,) = CHECK_LESSONS
    write_package(tmp_path, lesson)
    monkeypatch.chdir(tmp_path)

    assert main(["bots", "check", "shop.gbai"]) == 1

    assert capsys.readouterr().out == lesson.expected


def test_test_of_the_page_passes(tmp_path: Path) -> None:
    (lesson,) = TEST_LESSONS
    package = write_package(tmp_path, lesson)
    (package / "tests").mkdir()
    (package / "tests/order.txt").write_text(lesson.expected)

    assert main(["bots", "test", str(package)]) == 0


def test_rules_of_the_page_are_a_valid_bot(tmp_path: Path) -> None:
    (rules,) = [block["content"] for block in _BLOCK.finditer(TEXT) if block["kind"] == "toml"]
    (tmp_path / "support.gbai").mkdir()
    (tmp_path / "support.gbai/rules.toml").write_text(rules)

    assert read_package(tmp_path / "support.gbai").diagnostics == []


def test_every_configuration_key_is_documented() -> None:
    for key, meaning in {**KEYS, **MCP_KEYS}.items():
        assert f"| `{key}` | {meaning}" in TEXT


def test_links_of_the_page_exist() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (ROOT / "docs" / target.partition("#")[0]).exists(), target


def test_command_is_installed_and_works_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/__main__.py").write_text("raise SystemExit('tools of another project')")
    command = Path(sys.executable).with_name("conversations")

    ran = subprocess.run(
        [command, "bots", "check", ROOT / "bots/default.gbai"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "default: can be published\n", "")
