"""The examples of the language's reference: sections for keywords, and a failing call of each function.

``<chapter>.md`` has a section for each keyword of the chapter, ``failing_calls.md`` a row for each function. The
reference shows them and ``tests/unit/basic/test_examples.py`` runs them. An example is one or more blocks of ``basic``
(each block after the first begins with a comment that names its file), then the HTTP requests and their responses
(``http``), the replies of the language model, a line each (``model``; without them the bot has no model), and last the
transcript (``text``): the output of ``conversations bots run``, with delays and the state of the dialog in brackets, or
the faults that ``conversations bots check`` reports. The example of a webhook ends with its request and response
instead.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from basic.functions import FUNCTIONS
from basic.keywords import KEYWORDS, Chapter, Keyword

FOLDER = Path(__file__).parent
_FAILING_CALLS = FOLDER / "failing_calls.md"

_SECTION = re.compile(r"^# (?P<name>[^\n]+)\n(?P<text>.*?)(?=^# |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"' (\w+\.bas)\n")
_ROW = re.compile(r"^\| `(?P<call>(?P<function>\w+)\(.*?)` \| (?P<fault>.*?) \|$", re.MULTILINE)
_FAULT = re.compile(r"^\w+\.bas:\d+:\d+: ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """Scripts, and what happens when they are checked and run.

    Attributes
    ----------
    keyword
        The name of its keyword.
    scripts
        The scripts by their files; the first is ``start.bas``.
    http
        The HTTP requests and their responses, as text.
    transcript
        What happens; empty for a webhook.
    replies
        The replies of the language model; empty if the bot has none.
    """

    keyword: str
    scripts: Mapping[str, str]
    http: str
    transcript: str
    replies: tuple[str, ...] = ()

    @property
    def shows_fault(self) -> bool:
        """Whether its transcript has a fault."""
        return _FAULT.search(self.transcript) is not None


@dataclass(frozen=True, slots=True)
class FailingCall:
    """A function call that fails, and its error."""

    function: str
    call: str
    fault: str


def is_runnable(keyword: Keyword) -> bool:
    """Return whether scripts can use a keyword today."""
    return keyword.is_supported


@cache
def read_sections() -> Mapping[str, str]:
    """Return the section of each keyword that has one, by the keyword's name."""
    sections: dict[str, str] = {}
    for chapter in Chapter:
        sections |= _read_chapter(chapter)
    return sections


def _read_chapter(chapter: str) -> dict[str, str]:
    file = FOLDER / f"{chapter}.md"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    return {match["name"]: match["text"].strip("\n") for match in _SECTION.finditer(text)}


def list_problems() -> list[str]:
    """Return what is missing in the examples or out of place, one sentence each."""
    return [*_list_section_problems(), *_list_call_problems()]


def _list_section_problems() -> Iterator[str]:
    expected = {chapter: set[str]() for chapter in Chapter}
    for keyword in filter(is_runnable, KEYWORDS):
        expected[keyword.chapter].add(keyword.name)
    for chapter, names in expected.items():
        sections, file = _read_chapter(chapter).keys(), f"tools/basic_examples/{chapter}.md"
        for name in sorted(names - sections):
            yield f'{name} has no example: add a section "# {name}" to {file}'
        for name in sorted(sections - names):
            yield f'{file} has a section "# {name}", which is not a supported keyword of this chapter'


def _list_call_problems() -> Iterator[str]:
    functions = FUNCTIONS.values()
    expected = {function.name for function in functions if function.min_args > 0 or function.max_args is not None}
    calls = {call.function for call in list_failing_calls()}
    for name in sorted(expected - calls):
        yield f"{name} has no failing call: add a row to tools/basic_examples/{_FAILING_CALLS.name}"
    for name in sorted(calls - expected):
        yield f"tools/basic_examples/{_FAILING_CALLS.name} has a call of {name}, which is not a function that can fail"


def list_examples() -> Iterator[Example]:
    """Yield all examples."""
    for keyword, text in read_sections().items():
        scripts: dict[str, str] = {}
        http = ""
        replies: tuple[str, ...] = ()
        for block in _BLOCK.finditer(text):
            content = block["content"]
            if block["kind"] == "basic":
                file = _FILE.match(content) if scripts else None
                scripts[file[1] if file else "start.bas"] = content
            elif block["kind"] == "http":
                http += content + "\n"
            elif block["kind"] == "model":
                replies = tuple(content.splitlines())
            if block["kind"] == "text" or http.startswith("POST /"):
                yield Example(keyword, scripts, http, content if block["kind"] == "text" else "", replies)
                scripts, http, replies = {}, "", ()


@cache
def list_failing_calls() -> tuple[FailingCall, ...]:
    """Return the failing calls of functions."""
    rows = _ROW.finditer(_FAILING_CALLS.read_text(encoding="utf-8"))
    return tuple(FailingCall(row["function"], row["call"].replace("\\|", "|"), row["fault"]) for row in rows)
