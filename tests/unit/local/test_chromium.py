"""Which browser the tests drive."""

from pathlib import Path

import pytest

from local import chromium
from local.errors import LocalStackError


def a_program(folder: Path, name: str) -> str:
    file = folder / name
    file.touch(mode=0o755)
    return str(file)


def test_the_first_browser_on_the_path_is_taken(tmp_path: Path) -> None:
    browser = a_program(tmp_path, "google-chrome")

    assert chromium.find({"PATH": str(tmp_path)}) == browser


def test_a_browser_that_is_named_wins(tmp_path: Path) -> None:
    a_program(tmp_path, "chromium")
    mine = a_program(tmp_path, "mine")

    assert chromium.find({"PATH": str(tmp_path), "CHROME": mine}) == mine


def test_a_name_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="CHROME=nowhere"):
        chromium.find({"PATH": str(tmp_path), "CHROME": "nowhere"})
