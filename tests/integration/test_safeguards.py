"""The definitions of the safeguards fit the code and the tests; ``make safeguards`` runs them, which takes minutes."""

import subprocess
import sys

import pytest

from tests.safeguards.markers import MarkerError, Safeguard, find_file, find_markers, load_safeguards
from tests.template import ROOT

STORE_STATEMENT = """store.append(
        message,
        condition="owner = :owner AND seq = :seq",  # safeguard: send-condition
    )"""

CODE = f"""\
def send(message):
    # safeguard: send-owner
    if message.owner != caller.owner:
        raise ForbiddenError
    # Stored first.
    # safeguard: send-stored
    {STORE_STATEMENT}
"""


def test_every_safeguard_is_marked_once_and_can_be_disabled() -> None:
    files = find_markers(ROOT)
    safeguards = load_safeguards()

    assert files.keys() - {safeguard.marker for safeguard in safeguards} == set(), "define them in safeguards.toml"
    for safeguard in safeguards:
        file = find_file(files, safeguard.marker)
        code = (ROOT / file).read_text(encoding="utf-8")
        disabled = safeguard.disable(file, code)
        assert disabled != code, safeguard.marker
        compile(disabled, file, "exec")


def test_tests_of_safeguards_exist() -> None:
    tests = sorted({test for safeguard in load_safeguards() for test in safeguard.tests})
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", *tests]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout[-2_000:]


@pytest.mark.parametrize(
    ("safeguard", "before", "after"),
    [
        (
            Safeguard("send-owner", "send", "the owner is checked", (), condition="False"),
            "if message.owner != caller.owner:",
            "if False:",
        ),
        (
            Safeguard("send-stored", "send", "the message is stored", (), statement="pass"),
            STORE_STATEMENT,
            "pass",
        ),
        (
            Safeguard("send-stored", "send", "a failure is raised", (), statement="if False:\n    {statement}"),
            "    store.append(",
            "    if False:\n        store.append(",
        ),
        (
            Safeguard("send-condition", "send", "the seq is checked", (), replace=" AND seq = :seq"),
            "owner = :owner AND seq = :seq",
            "owner = :owner",
        ),
    ],
)
def test_disabling_changes_the_marked_statement_only(safeguard: Safeguard, before: str, after: str) -> None:
    disabled = safeguard.disable("messages.py", CODE)

    assert disabled.split() == CODE.replace(before, after).split()
    compile(disabled, "messages.py", "exec")


@pytest.mark.parametrize(
    ("safeguard", "code", "sentence"),
    [
        (
            Safeguard("send-stored", "send", "the message is stored", (), condition="False"),
            CODE,
            "messages.py: the statement at the marker send-stored has no condition.",
        ),
        (
            Safeguard("send-owner", "send", "the owner is checked", (), replace="ForbiddenError"),
            CODE,
            "messages.py: the statement at the marker send-owner must contain 'ForbiddenError' exactly once.",
        ),
        (
            Safeguard("send-owner", "send", "the owner is checked", (), condition="False"),
            CODE + CODE,
            "messages.py: the marker send-owner occurs 2 times.",
        ),
    ],
)
def test_unsuitable_statement_is_an_error(safeguard: Safeguard, code: str, sentence: str) -> None:
    with pytest.raises(MarkerError) as error:
        safeguard.disable("messages.py", code)

    assert str(error.value) == sentence


def test_missing_and_doubled_markers_are_errors() -> None:
    with pytest.raises(MarkerError, match=r"^No file contains the marker send-owner that safeguards.toml defines.$"):
        find_file({}, "send-owner")
    with pytest.raises(MarkerError, match=r"^b.py: the marker send-owner occurs more than once, also in a.py.$"):
        find_file({"send-owner": ["a.py", "b.py"]}, "send-owner")
