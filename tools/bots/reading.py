"""Reads the packages of a command that needs them without errors, and prints what is wrong with them."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.bots.checking import check
from tools.bots.packages import Package


def read_packages(folders: Sequence[Path], *, skip_broken: bool) -> list[Package] | None:
    """Read packages and print their diagnostics.

    Return None if one of them has an error that is not skipped, or if several have one id.
    """
    results = [result for folder in folders for result in check(folder, skip_broken=skip_broken)]
    for result in results:
        for diagnostic in result.diagnostics:
            print(diagnostic, file=sys.stderr)
    if report_duplicates(result.name for result in results):
        return None
    packages = [result.package for result in results if result.package is not None]
    if len(packages) == len(results):
        return packages
    for result in results:
        if result.package is None:
            hint = " with --skip-broken" if result.broken else ""
            print(f"{result.summarize()}{hint}", file=sys.stderr)
    return None


def report_duplicates(bot_ids: Iterable[str]) -> bool:
    """Report ids that several packages of a command have: one of them would replace the others."""
    duplicates = [bot_id for bot_id, count in Counter(bot_ids).items() if count > 1]
    if duplicates:
        print(f"Several packages are named {', '.join(duplicates)}.", file=sys.stderr)
    return bool(duplicates)
