"""Checks packages, folders of packages, folders of scripts and single scripts, and reports what can be published."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from basic.diagnostics import Diagnostic, Severity
from basic.package import build
from tools.bots.files import PACKAGE_SUFFIX, SCRIPT_SUFFIX, find_inner_package
from tools.bots.packages import Package, read_package

_VARYING = re.compile(r"`[^`]*`|\"[^\"]*\"")
"""What a diagnostic quotes."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of checking a package, a folder of scripts or a script.

    Attributes
    ----------
    path
        What was checked.
    publishable
        Whether it can be published: as it is, or without the scripts in ``broken``.
    diagnostics
        Errors, warnings and unsupported features, in order.
    broken
        The number of errors of each script that would be skipped.
    package
        The package to publish; None for scripts, and with errors unless they are skipped.
    """

    path: Path
    publishable: bool
    diagnostics: Sequence[Diagnostic]
    broken: Mapping[str, int]
    package: Package | None = None

    @property
    def name(self) -> str:
        """The id of the bot, or the name of the script or folder."""
        return self.path.name.removesuffix(PACKAGE_SUFFIX)

    @property
    def has_errors(self) -> bool:
        """Whether something is an error."""
        return any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)

    def without_warnings(self) -> "CheckResult":
        """Return the result with errors only."""
        errors = [diagnostic for diagnostic in self.diagnostics if diagnostic.severity is Severity.ERROR]
        return replace(self, diagnostics=errors)

    def summarize(self) -> str:
        """Return one line: whether the bot can be published, and without which scripts."""
        if not self.publishable:
            count = sum(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)
            return f"{self.name}: cannot be published: {_count(count, 'error')}"
        if self.broken:
            without = ", ".join(f"{file} ({_count(count, 'error')})" for file, count in sorted(self.broken.items()))
            return f"{self.name}: can be published without {without}"
        needs = () if self.package is None else self.package.list_needs()
        return "; it ".join((f"{self.name}: can be published", *needs))


def check(path: Path, *, skip_broken: bool = False) -> list[CheckResult]:
    """Check a path: a package, a script, a folder of scripts, or any folder with packages below it."""
    if path.suffix.lower() == SCRIPT_SUFFIX and path.is_file():
        return [_check_script(path)]
    if path.name.endswith(PACKAGE_SUFFIX) or not path.is_dir():
        return [_check_package(find_inner_package(path), skip_broken=skip_broken)]
    if any(_list_scripts(path)):
        return [_check_scripts(path)]
    packages = sorted({find_inner_package(each) for each in path.rglob(f"*{PACKAGE_SUFFIX}") if each.is_dir()})
    if not packages:
        return [_check_package(path, skip_broken=skip_broken)]
    return [_check_package(package, skip_broken=skip_broken) for package in packages]


def count_causes(results: Sequence[CheckResult]) -> list[str]:
    """Return a line for each kind of diagnostic: how often it occurs, and in how many files; the most frequent first.

    Diagnostics of one kind differ only in the names and texts that they quote.
    """
    files: defaultdict[str, list[str]] = defaultdict(list)
    for diagnostic in (diagnostic for result in results for diagnostic in result.diagnostics):
        files[f"{diagnostic.severity}: {_describe_kind(diagnostic.message)}"].append(diagnostic.file)
    ordered = sorted(files.items(), key=lambda kind: (-len(kind[1]), kind[0]))
    return [f"{len(found):6,} in {_count(len(set(found)), 'file')}: {kind}" for kind, found in ordered]


def _describe_kind(message: str) -> str:
    return _VARYING.sub("…", message.partition("; did you mean")[0])


def format_json(results: Sequence[CheckResult]) -> str:
    """Return results as a JSON array, with an object for each package."""
    return json.dumps([_to_json(result) for result in results], ensure_ascii=False, indent=2)


def _check_package(folder: Path, *, skip_broken: bool) -> CheckResult:
    result = read_package(folder, skip_broken=skip_broken)
    publishable = result.package is not None or bool(result.broken)
    return CheckResult(folder, publishable, result.diagnostics, result.broken, result.package)


def _check_scripts(folder: Path) -> CheckResult:
    """Check a folder of scripts, whose package is unknown."""
    files = list(_list_scripts(folder))
    result = build({file.name: file.read_text(encoding="utf-8-sig", errors="replace") for file in files})
    diagnostics = [replace(each, file=str(folder / each.file)) for each in result.diagnostics]
    return CheckResult(folder, result.program is not None or bool(result.broken), diagnostics, result.broken)


def _check_script(file: Path) -> CheckResult:
    """Check a script among those beside it, which it may call."""
    result = _check_scripts(file.parent)
    diagnostics = [diagnostic for diagnostic in result.diagnostics if diagnostic.file == str(file)]
    publishable = all(diagnostic.severity is not Severity.ERROR for diagnostic in diagnostics)
    return CheckResult(file, publishable, diagnostics, {})


def _list_scripts(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.iterdir()) if file.suffix.lower() == SCRIPT_SUFFIX)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def _to_json(result: CheckResult) -> dict[str, object]:
    return {
        "path": str(result.path),
        "name": result.name,
        "publishable": result.publishable,
        "without": dict(result.broken),
        "diagnostics": [
            {
                "file": diagnostic.file,
                "line": None if diagnostic.position is None else diagnostic.position.line,
                "column": None if diagnostic.position is None else diagnostic.position.column,
                "severity": str(diagnostic.severity),
                "message": diagnostic.message,
            }
            for diagnostic in result.diagnostics
        ],
    }
