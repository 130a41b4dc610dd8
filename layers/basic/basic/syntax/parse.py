"""Parsing the text of one script to its syntax tree and its diagnostics."""

from typing import NamedTuple

from basic.diagnostics import START, Diagnostic, Issue, Severity, locate_issues
from basic.syntax.lexer import MAX_SCRIPT_LENGTH, tokenize
from basic.syntax.parser.blocks import MAX_ISSUES
from basic.syntax.parser.script import ScriptParser
from basic.syntax.prose import find_prose_issue
from basic.syntax.tree.definitions import ScriptTree


class ParseResult(NamedTuple):
    """A script as far as it could be parsed, and its diagnostics from top to bottom."""

    tree: ScriptTree
    diagnostics: list[Diagnostic]


def parse(file: str, text: str) -> ParseResult:
    """Parse a script.

    Parameters
    ----------
    file
        The name of the script in diagnostics.
    text
        The script.
    """
    if len(text) > MAX_SCRIPT_LENGTH:
        message = f"the script has more than {MAX_SCRIPT_LENGTH:,} characters"
        return ParseResult(ScriptTree((), (), (), (), "", ""), [Diagnostic(file, START, message)])
    tokens, lexer_issues = tokenize(text)
    parser_issues: list[Issue] = []
    tree = ScriptParser(tokens, parser_issues).parse()
    errors = [issue for issue in lexer_issues if issue.severity is Severity.ERROR]
    warnings = [issue for issue in lexer_issues if issue.severity is not Severity.ERROR]
    is_complete = len(parser_issues) <= MAX_ISSUES
    if prose := find_prose_issue(text, [*errors, *parser_issues], is_complete=is_complete):
        return ParseResult(ScriptTree((), (), (), (), "", ""), locate_issues(file, text, [prose]))
    issues = [*errors[:MAX_ISSUES], *warnings[:MAX_ISSUES], *_filter_issues(parser_issues, errors)]
    return ParseResult(tree, locate_issues(file, text, issues))


def _filter_issues(parser_issues: list[Issue], lexer_issues: list[Issue]) -> list[Issue]:
    """Limit the number of syntax errors, and drop those of lines with invalid characters."""
    issues = parser_issues
    if len(issues) > MAX_ISSUES:
        last = Issue(issues[MAX_ISSUES].position, "too many errors; the others are not shown")
        issues = [*issues[:MAX_ISSUES], last]
    lines = {issue.position.line for issue in lexer_issues}
    return [issue for issue in issues if issue.position.line not in lines]
