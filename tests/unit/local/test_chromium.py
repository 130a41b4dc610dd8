"""Finding the browser for the browser tests."""

from pathlib import Path

import pytest

from local import chromium
from local.errors import LocalStackError


def create_executable(folder: Path, name: str) -> str:
    file = folder / name
    file.touch(mode=0o755)
    return str(file)


def test_browser_is_found_on_the_path(tmp_path: Path) -> None:
    browser = create_executable(tmp_path, "google-chrome")

    assert chromium.find_browser({"PATH": str(tmp_path)}) == browser


def test_chrome_variable_has_precedence(tmp_path: Path) -> None:
    create_executable(tmp_path, "chromium")
    configured = create_executable(tmp_path, "mine")

    assert chromium.find_browser({"PATH": str(tmp_path), "CHROME": configured}) == configured


def test_chrome_variable_must_name_an_executable(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="CHROME=nowhere: not an executable"):
        chromium.find_browser({"PATH": str(tmp_path), "CHROME": "nowhere"})
