"""docs/security.md and `make attack` name the same tests, and these exist."""

import re

from tests.template import ROOT

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def list_attacks() -> set[str]:
    """List the files in the variables of the Makefile."""
    variables = re.findall(r"^ATTACKS\w* := ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    return {file for variable in variables for file in variable.replace("\\\n", " ").split()}


def test_page_and_command_name_the_same_tests() -> None:
    assert set(re.findall(r"`(tests/[\w/.]+)`", PAGE)) == list_attacks()


def test_tests_of_the_command_exist() -> None:
    assert len(list_attacks()) >= 10
    assert [file for file in list_attacks() if not (ROOT / file).exists()] == []
