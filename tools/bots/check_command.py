"""``conversations bots check``."""

import argparse

from tools.bots.checking import check, count_causes, format_json
from tools.bots.files import PACKAGE_SUFFIX
from tools.bots.reading import report_duplicates


def run(options: argparse.Namespace) -> int:
    """Report what is wrong with packages; the exit status is 1 if something is an error."""
    results = [result for path in options.paths for result in check(path)]
    if options.errors_only:
        results = [result.without_warnings() for result in results]
    if options.format == "json":
        print(format_json(results))
    elif options.causes:
        print(*count_causes(results), sep="\n")
    else:
        for result in results:
            for diagnostic in result.diagnostics:
                print(diagnostic)
        for result in results:
            print(result.summarize())
    packages = [result.name for result in results if result.path.name.endswith(PACKAGE_SUFFIX)]
    return int(report_duplicates(packages) or any(result.has_errors for result in results))
