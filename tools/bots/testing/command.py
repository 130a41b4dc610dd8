"""``conversations bots test``."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.bots.checking import CheckResult, check
from tools.bots.files import TEST_FOLDER
from tools.bots.packages import Package
from tools.bots.testing.exchanges import WebError
from tools.bots.testing.player import play_scenario
from tools.bots.testing.results import ScenarioResult, find_difference, format_json, format_junit, format_text
from tools.bots.testing.scenario import ScenarioError, parse_scenario

_FORMATS = {"text": format_text, "json": format_json, "junit": format_junit}


def run(options: argparse.Namespace) -> int:
    """Run the tests of packages; the exit status is 1 if one fails, and 2 if there is none."""
    results = [result for path in options.paths for result in _run_path(path, update=options.update)]
    if not results:
        print(f"There are no tests: files {TEST_FOLDER}/*.txt in the folder of a package.", file=sys.stderr)
        return 2
    print(_FORMATS[options.format](results))
    return int(any(result.reason for result in results))


def _run_path(path: Path, *, update: bool) -> Iterator[ScenarioResult]:
    """Run a test file, or the tests of a package or of all packages in a folder."""
    is_test = path.is_file() and path.parent.name == TEST_FOLDER
    for result in check(path.parent.parent if is_test else path):
        files = [path] if is_test else sorted((result.path / TEST_FOLDER).glob("*.txt"))
        if files:
            yield from _run_files(result, files, update=update)


def _run_files(checked: CheckResult, files: Sequence[Path], *, update: bool) -> Iterator[ScenarioResult]:
    if checked.package is None:
        errors = [str(diagnostic) for diagnostic in checked.without_warnings().diagnostics]
        yield ScenarioResult(checked.path, "\n".join([*errors, checked.summarize()]))
        return
    for file in files:
        yield _run_file(checked.package, file, update=update)


def _run_file(package: Package, file: Path, *, update: bool) -> ScenarioResult:
    try:
        scenario = parse_scenario(file.read_text(encoding="utf-8-sig"))
        actual = play_scenario(package, scenario)
    except (ScenarioError, WebError, UnicodeDecodeError) as error:
        return ScenarioResult(file, f"  {error}")
    difference = find_difference(scenario.conversation, actual)
    if difference and update:
        file.write_text(scenario.head + actual, encoding="utf-8")
        return ScenarioResult(file, is_updated=True)
    return ScenarioResult(file, difference)
