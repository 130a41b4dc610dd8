"""``make safeguards``: disable every safeguard in a copy of the code, one by one, and expect its tests to fail.

Each processor has a copy of its own, so that several safeguards are checked at a time.

``python -m tests.safeguards TEXT...`` runs those whose marker or name contains one of the texts, and so does the
variable ``SAFEGUARDS``. A test that still passes does not test the safeguard: that is an error, and so is a marker that
is missing.
"""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from tests.safeguards.markers import MarkerError, Safeguard, find_file, find_markers, load_safeguards
from tests.template import ROOT

_COPIED = ("bots", "events", "functions", "layers", "local", "tests", "tools", "docs")
_FILES = ("pyproject.toml", "template.yaml", "samconfig.toml", ".cfnlintrc", "README.md")
_IN_PARALLEL = ("--numprocesses=logical", "--dist=worksteal")
_TESTS_FAILED = 1
"""Exit code of pytest if tests failed; it differs if they could not run."""


def main(texts: Sequence[str]) -> int:
    """Disable the selected safeguards, print a line for each, and return the exit code."""
    selected = [safeguard for safeguard in load_safeguards() if _is_selected(safeguard, texts)]
    if not selected:
        print(f"No safeguard's marker or name contains {' or '.join(texts)}.")
        return 1
    with TemporaryDirectory() as folder:
        copies = [_copy_project(Path(folder, str(number))) for number in range(os.process_cpu_count() or 1)]
        for tests in _group_by_folder({test for safeguard in selected for test in safeguard.tests}):
            result = _run_tests(copies[0], [*_IN_PARALLEL, *tests])
            if result.returncode != 0:
                print(result.stdout[-3_000:], "The tests fail with all safeguards in place.", sep="\n")
                return 1
        untested = _count_untested(copies, selected)
    print(f"{len(selected)} safeguards, {untested} of them untested")
    return bool(untested)


def _count_untested(copies: Sequence[Path], safeguards: Iterable[Safeguard]) -> int:
    """Check safeguards, as many at a time as there are copies, and return how many of them no test fails without."""
    files = find_markers(copies[0])
    free: SimpleQueue[Path] = SimpleQueue()
    for copy in copies:
        free.put(copy)

    def check(safeguard: Safeguard) -> bool:
        copy = free.get()
        try:
            return _is_tested(copy, files, safeguard)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        return list(pool.map(check, safeguards)).count(False)


def _group_by_folder(tests: Iterable[str]) -> Iterable[list[str]]:
    """Yield the tests of each folder: the harness of tests/faults changes the process that it runs in."""
    folders: defaultdict[str, list[str]] = defaultdict(list)
    for test in sorted(tests):
        folders[test.split("/")[1]].append(test)
    return folders.values()


def _is_selected(safeguard: Safeguard, texts: Sequence[str]) -> bool:
    return not texts or any(text in safeguard.marker or text in safeguard.name for text in texts)


def _is_tested(copy: Path, files: dict[str, list[str]], safeguard: Safeguard) -> bool:
    """Return whether every test of the safeguard fails without it."""
    label = f"{safeguard.promise}: {safeguard.marker}"
    try:
        passed = _list_passing_tests(copy, find_file(files, safeguard.marker), safeguard)
    except MarkerError as error:
        print(f"{label}: ERROR: {error}", flush=True)
        return False
    print(f"{label}: {f'NOT TESTED by {", ".join(passed)}' if passed else 'tested'}", flush=True)
    return not passed


def _list_passing_tests(copy: Path, path: str, safeguard: Safeguard) -> list[str]:
    """Return the tests of the safeguard that do not fail without it."""
    file = copy / path
    code = file.read_text(encoding="utf-8")
    file.write_text(safeguard.disable(path, code), encoding="utf-8")
    try:
        return [test for test in safeguard.tests if _run_tests(copy, [test]).returncode != _TESTS_FAILED]
    finally:
        file.write_text(code, encoding="utf-8")


def _copy_project(folder: Path) -> Path:
    """Copy what the tests need into a folder, which is created."""
    folder.mkdir()
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _FILES:
        shutil.copy(ROOT / name, folder / name)
    return folder


def _run_tests(copy: Path, tests: Iterable[str]) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    paths = [copy, copy / "layers/core", copy / "layers/basic", copy / "functions"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths)), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, check=False, capture_output=True, text=True)


if __name__ == "__main__":
    sys.exit(main([text for text in (*sys.argv[1:], os.environ.get("SAFEGUARDS")) if text]))
