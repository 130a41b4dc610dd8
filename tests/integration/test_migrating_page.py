"""``docs/migrating.md``: its scripts run and its import prints what the page says; its keywords are refused by name."""

import re
from pathlib import Path

import pytest

from basic.keywords import find_keyword
from basic.keywords.keyword import Role
from tests.integration.test_bots_page import Lesson, list_lessons, write_package
from tests.template import ROOT
from tools.__main__ import main
from tools.bots.packages import read_package

TEXT = (ROOT / "docs/migrating.md").read_text(encoding="utf-8")
LESSONS = list(list_lessons(TEXT))
_ROW = re.compile(r"^\| [^|]+ \| (?P<keywords>`[A-Z][^|]+) \| (?P<reached>fails|is passed over) \|$", re.MULTILINE)

type Captured = pytest.CaptureFixture[str]


def test_every_script_of_the_page_is_run() -> None:
    assert len(LESSONS) == 8
    assert TEXT.count("```basic") == sum(len(lesson.scripts) for lesson in LESSONS)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.scripts["start"].splitlines()[0])
def test_script_has_the_dialog_of_the_page(lesson: Lesson, tmp_path: Path, capsys: Captured) -> None:
    package = write_package(tmp_path, lesson)
    answers = tmp_path / "answers.txt"
    messages = [line.removeprefix("You: ") for line in lesson.expected.splitlines() if line.startswith("You: ")]
    answers.write_text("\n".join(messages))
    main(["bots", "run", str(package), "--input", str(answers)])

    assert capsys.readouterr().out == lesson.expected
    assert read_package(package).package is not None


@pytest.mark.parametrize(
    ("keyword", "reached"),
    [(name, row["reached"]) for row in _ROW.finditer(TEXT) for name in re.findall("`([A-Z ]+)`", row["keywords"])],
)
def test_keyword_is_refused_by_name_as_the_page_says(keyword: str, reached: str) -> None:
    found = find_keyword(keyword)

    assert found is not None
    assert found.role is (Role.LATER if reached == "fails" else Role.IGNORED)


def test_import_prints_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.chdir(tmp_path)
    files = {
        "Tea.gbdialog/start.bas": 'HEAR cups AS INTEGER WITH "How many cups?"\nIF cups = NULL THEN EXIT\n'
        'TALK "" + IF(cups > 9, "A party!", "Good.")\nBOOK MEETING "ana@example.com", cups\n',
        "Tea.gbdialog/start.ast": "TALK 1",
        "Tea.gbot/config.csv": "Bot Name,Tea House\nllm-key,sk-secret\n",
    }
    for name, content in files.items():
        path = tmp_path / "Tea House.gbai" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    command = re.search(r"^\.venv/bin/conversations (bots import .*)$", TEXT, re.MULTILINE)
    expected = re.search(r"^```text\n(Tea House\.gbai is copied .*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert command is not None
    assert expected is not None
    assert command[1] == 'bots import "Tea House.gbai" --to bots'

    assert main(["bots", "import", "Tea House.gbai", "--to", "bots"]) == 0

    assert capsys.readouterr().out == expected[1]
