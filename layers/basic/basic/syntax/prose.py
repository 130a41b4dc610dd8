"""Files that are no scripts: a prompt or notes, saved as ``.bas``, have one error, not one for each line."""

import re
from collections.abc import Iterable

from basic.diagnostics import Issue, Severity

MIN_LINES = 3
"""Lines of prose with errors from which a file may be no script."""

_PROSE = re.compile(
    r"""[ \t]* (?: (?: [-*>\N{BULLET}] | \d+[.)] ) [ \t] .*
                | (?: [*_"'(]* [^\W\d][\w'\N{RIGHT SINGLE QUOTATION MARK}-]* [*_"')]*
                      [.,:;!?\N{HORIZONTAL ELLIPSIS}\N{EM DASH}-]* [ \t]+ ){2,} [^=()\[\]]* )""",
    re.VERBOSE,
)
"""A point of a list, or a line of three or more words without the signs of a program."""


def find_prose_issue(text: str, issues: Iterable[Issue], *, is_complete: bool) -> Issue | None:
    """Return the one error of a file most of whose lines are sentences and have errors; None for a script.

    Parameters
    ----------
    text
        The file.
    issues
        Its syntax errors.
    is_complete
        Whether they are the errors of the entire file.
    """
    lines = text.split("\n")
    # There is no line after the last one, where a missing end may be reported.
    errors = [issue for issue in issues if issue.severity is Severity.ERROR]
    wrong = sorted({issue.position.line for issue in errors if issue.position.line <= len(lines)})
    last = len(lines) if is_complete or not wrong else wrong[-1]
    written = sum(1 for line in lines[:last] if line.strip())
    prose = [number for number in wrong if _PROSE.match(lines[number - 1].rstrip())]
    if len(prose) < MIN_LINES or 2 * len(prose) < written or 4 * len(prose) < 3 * len(wrong):
        return None
    first = next(issue for issue in sorted(errors) if issue.position.line == prose[0])
    message = (
        "this file is no script: most of its lines are sentences; an instruction for the language model belongs "
        "between BEGIN SYSTEM PROMPT and END SYSTEM PROMPT"
    )
    return Issue(first.position, message)
