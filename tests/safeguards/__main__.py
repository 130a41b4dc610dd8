"""``make safeguards``: take every safeguard out of a copy of the code, one by one, and see its test fail.

``safeguards.toml`` says what each of them is, and which tests see to it. A test that does not fail is no proof, and a
safeguard whose code has changed is to be looked at again: both are faults. ``SAFEGUARDS`` picks those whose name has
the word.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.template import ROOT

_COPIED = ("bots", "events", "functions", "layers", "local", "tests", "tools", "docs")
_FILES = ("pyproject.toml", "template.yaml", "samconfig.toml", ".cfnlintrc", "README.md")
_FAILED = 1
"""What pytest returns where tests failed, and not where it could not run them."""


@dataclass(frozen=True, slots=True)
class Safeguard:
    """Something that keeps a promise.

    Attributes
    ----------
    promise
        Which of them.
    name
        What it does.
    file
        Where its code is.
    removes, leaves
        The code, and what is left without it.
    tests
        Those that fail without it.
    """

    promise: str
    name: str
    file: str
    removes: str
    leaves: str
    tests: tuple[str, ...]


def safeguards() -> list[Safeguard]:
    """Return all of them."""
    told = tomllib.loads(Path(__file__).with_name("safeguards.toml").read_text(encoding="utf-8"))
    return [Safeguard(**{**each, "tests": tuple(each["tests"])}) for each in told["safeguard"]]


def main() -> int:
    """Try each, print what came of it, and return how a shell is to take it."""
    word = os.environ.get("SAFEGUARDS", "")
    chosen = [each for each in safeguards() if word in each.name]
    if not chosen:
        print(f"No safeguard's name has {word!r} in it.")
        return 1
    with TemporaryDirectory() as folder:
        copy = _copy(Path(folder))
        whole = _run(copy, {test for each in chosen for test in each.tests})
        if whole.returncode != 0:
            print(whole.stdout[-3_000:], "The tests fail as it is.", sep="\n")
            return 1
        faults = [each for each in chosen if not _holds(copy, each)]
    print(f"{len(chosen)} safeguards, {len(faults)} that no test sees to")
    return bool(faults)


def _holds(copy: Path, safeguard: Safeguard) -> bool:
    """Tell whether every named test fails without the safeguard."""
    file = copy / safeguard.file
    code = file.read_text(encoding="utf-8")
    found = code.count(safeguard.removes)
    if found == 1:
        file.write_text(code.replace(safeguard.removes, safeguard.leaves), encoding="utf-8")
        missed = [test for test in safeguard.tests if _run(copy, [test]).returncode != _FAILED]
        file.write_text(code, encoding="utf-8")
        verdict = "seen" if not missed else f"NOT SEEN by {', '.join(missed)}"
    else:
        missed, verdict = [safeguard.file], f"ITS CODE IS THERE {found} TIMES"
    print(f"{safeguard.promise}: {safeguard.name}: {verdict}", flush=True)
    return not missed


def _copy(folder: Path) -> Path:
    """Copy what the tests need."""
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def _run(copy: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *sorted(tests)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, _paths(copy))), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, check=False, capture_output=True, text=True)


def _paths(copy: Path) -> list[Path]:
    return [copy, copy / "layers/core", copy / "layers/basic", copy / "functions"]


if __name__ == "__main__":
    sys.exit(main())
