"""The examples of the reference: a section of Markdown for each keyword, and for each function a call that fails.

The reference shows them and ``tests/unit/basic/test_examples.py`` runs them. An example is one or more blocks of
``basic``, each of which but the first begins with a comment that names its file, then what the web is asked and answers
(``http``), and last what happens (``text``): what ``conversations bots run`` shows, with the pauses and what the
session holds in the end in brackets, or the faults that ``conversations bots check`` reports. The example of a webhook
ends with the delivery and its answer instead.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
_FUNCTIONS = FOLDER / "functions.md"

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
        What it is an example of.
    scripts
        The scripts by their files; the first is ``start.bas``.
    web
        What is asked of the web and answered, as it is written.
    told
        What happens; empty of a webhook.
    """

    keyword: str
    scripts: Mapping[str, str]
    web: str
    told: str

    @property
    def fails(self) -> bool:
        """Whether it shows a fault."""
        return _FAULT.search(self.told) is not None


@dataclass(frozen=True, slots=True)
class Failing:
    """A call of a function that fails, and the sentence it fails with."""

    function: str
    call: str
    fault: str


@cache
def sections() -> Mapping[str, str]:
    """Return the section of each keyword, by its name."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.md")) if file != _FUNCTIONS)
    return {match["name"]: match["text"].strip("\n") for text in texts for match in _SECTION.finditer(text)}


def examples() -> Iterator[Example]:
    """Yield all examples."""
    for keyword, text in sections().items():
        scripts: dict[str, str] = {}
        web = ""
        for block in _BLOCK.finditer(text):
            content = block["content"]
            if block["kind"] == "basic":
                named = _FILE.match(content) if scripts else None
                scripts[named[1] if named else "start.bas"] = content
            elif block["kind"] == "http":
                web += content + "\n"
            if block["kind"] == "text" or web.startswith("POST /"):
                yield Example(keyword, scripts, web, content if block["kind"] == "text" else "")
                scripts, web = {}, ""


@cache
def failing() -> tuple[Failing, ...]:
    """Return the calls of functions that fail."""
    rows = _ROW.finditer(_FUNCTIONS.read_text(encoding="utf-8"))
    return tuple(Failing(row["function"], row["call"].replace("\\|", "|"), row["fault"]) for row in rows)
