"""``docs/bots.md``: its scripts run, and talk as it says they do."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from basic.config import KEYS
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
    below: str


def lessons() -> Iterator[Lesson]:
    """Yield the scripts of the page that belong together."""
    scripts: dict[str, str] = {}
    for block in _BLOCK.finditer(TEXT):
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


def written(folder: Path, lesson: Lesson) -> Path:
    package = folder / "shop.gbai"
    (package / "shop.gbdialog").mkdir(parents=True)
    for name, script in lesson.scripts.items():
        (package / f"shop.gbdialog/{name}.bas").write_text(script)
    return package


TALKS = [lesson for lesson in lessons() if lesson.below.startswith(("Bot: ", "You: "))]
CHECKS = [lesson for lesson in lessons() if "error:" in lesson.below]
OTHERS = [lesson for lesson in lessons() if lesson not in TALKS and lesson not in CHECKS]


def test_the_page_has_lessons() -> None:
    assert (len(TALKS), len(CHECKS), len(OTHERS)) == (9, 1, 1)
    assert TEXT.count("```basic") == sum(len(lesson.scripts) for lesson in (*TALKS, *CHECKS, *OTHERS))


@pytest.mark.parametrize("lesson", TALKS, ids=lambda lesson: lesson.scripts["start"].splitlines()[0])
def test_a_lesson_talks_as_it_says(lesson: Lesson, tmp_path: Path, capsys: Captured) -> None:
    answers = tmp_path / "answers.txt"
    said = [line.removeprefix("You: ") for line in lesson.below.splitlines() if line.startswith("You: ")]
    answers.write_text("\n".join(said))

    assert main(["bots", "run", str(written(tmp_path, lesson)), "--input", str(answers)]) == 0

    told = capsys.readouterr()
    assert told.out == lesson.below
    assert told.err == ""


@pytest.mark.parametrize("lesson", OTHERS, ids=lambda lesson: lesson.scripts["start"].splitlines()[0])
def test_the_other_scripts_have_no_fault_but_that_they_never_speak(lesson: Lesson, tmp_path: Path) -> None:
    assert read_package(written(tmp_path, lesson)).diagnostics == []


def test_the_mistakes_are_told_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    (lesson,) = CHECKS
    written(tmp_path, lesson)
    monkeypatch.chdir(tmp_path)

    assert main(["bots", "check", "shop.gbai"]) == 1

    assert capsys.readouterr().out == lesson.below


def test_the_rules_are_a_bot(tmp_path: Path) -> None:
    (rules,) = [block["content"] for block in _BLOCK.finditer(TEXT) if block["kind"] == "toml"]
    (tmp_path / "support.gbai").mkdir()
    (tmp_path / "support.gbai/rules.toml").write_text(rules)

    assert read_package(tmp_path / "support.gbai").diagnostics == []


def test_every_key_of_the_configuration_is_in_the_table() -> None:
    for key, meaning in KEYS.items():
        assert f"| `{key}` | {meaning}" in TEXT


def test_the_bots_it_points_to_are_there() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target


def test_the_command_is_set_up_with_the_project_and_works_from_anywhere(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/__main__.py").write_text("raise SystemExit('somebody else\\'s tools')")
    command = Path(sys.executable).with_name("conversations")

    ran = subprocess.run(
        [command, "bots", "check", ROOT / "bots/default.gbai"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "can be published: default\n", "")
