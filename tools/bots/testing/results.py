"""The results of tests, as text, JSON or JUnit XML."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """The result of a test, or of a package that cannot be tested.

    Attributes
    ----------
    file
        The test file, or the package.
    reason
        Why it failed: the difference between the expected and the actual conversation, or a sentence. Empty if it
        passed.
    is_updated
        Whether the file was rewritten.
    """

    file: Path
    reason: str = ""
    is_updated: bool = False

    def __str__(self) -> str:
        """Return a line, and the reason below it."""
        word = "FAILED" if self.reason else "updated" if self.is_updated else "ok"
        return f"{word:7} {self.file}" + (f"\n{self.reason}" if self.reason else "")


def find_difference(expected: str, actual: str) -> str:
    """Return the difference between two conversations, without empty lines; empty if there is none."""
    before, after = _list_lines(expected), _list_lines(actual)
    difference = unified_diff(before, after, "expected", "actual", lineterm="", n=2)
    return "\n".join(f"  {line}" for line in difference)


def _list_lines(conversation: str) -> list[str]:
    return [line.rstrip() for line in conversation.splitlines() if line.strip()]


def format_text(results: Sequence[ScenarioResult]) -> str:
    """Return results as lines, with a summary at the end."""
    failed = sum(bool(result.reason) for result in results)
    summary = f"{len(results) - failed} passed" + (f", {failed} failed" if failed else "")
    return "\n".join([*map(str, results), summary])


def format_json(results: Sequence[ScenarioResult]) -> str:
    """Return results as a JSON array."""
    found = [{"file": str(each.file), "passed": not each.reason, "reason": each.reason} for each in results]
    return json.dumps(found, ensure_ascii=False, indent=2)


def format_junit(results: Sequence[ScenarioResult]) -> str:
    """Return results as JUnit XML, which build servers read."""
    failures = sum(bool(result.reason) for result in results)
    suite = Element("testsuite", name="bots", tests=str(len(results)), failures=str(failures))
    for result in results:
        case = SubElement(suite, "testcase", classname=result.file.parent.parent.name, name=result.file.stem)
        if result.reason:
            SubElement(case, "failure", message="the conversation differs").text = result.reason
    indent(suite)
    return tostring(suite, encoding="unicode", xml_declaration=True)
