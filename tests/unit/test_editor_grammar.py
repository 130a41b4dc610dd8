"""The TextMate grammar: it knows what the parser knows."""

import json
import re
from typing import Any

from basic.functions import FUNCTIONS
from basic.hear import TYPES
from basic.keywords import KEYWORDS, RESERVED
from tests.template import ROOT
from tools.editor_grammar import FILE, SCOPE, build_grammar

GRAMMAR = json.loads(build_grammar())
OTHER_SCOPES = {"comment.line.basic", "string.unquoted.block.basic"}
"""Scopes of keywords that begin a comment or a block of text."""


def list_patterns(scope: str) -> list[dict[str, Any]]:
    return [pattern for pattern in GRAMMAR["patterns"] if pattern.get("name") == scope]


def find_scope(line: str) -> str:
    """Return the scope of the first word of a line, from the first pattern that matches there."""
    for pattern in GRAMMAR["patterns"]:
        found = re.match(pattern.get("match") or pattern["begin"], line)
        if found:
            return str(pattern.get("name", ""))
    return ""


def test_every_keyword_is_coloured_whole() -> None:
    for keyword in KEYWORDS:
        expected = "keyword.control.basic" if keyword.is_supported else "keyword.other.unsupported.basic"
        (pattern,) = list_patterns(expected)
        for name in (keyword.name, keyword.name.lower(), keyword.name.replace(" ", "_")):
            if find_scope(name) not in OTHER_SCOPES:
                found = re.match(pattern["match"], name)
                assert found is not None, name
                assert found[0] == name


def test_reserved_words_functions_and_types_are_coloured() -> None:
    (functions,) = list_patterns("support.function.basic")

    assert [word for word in RESERVED if not find_scope(word)] == []
    assert [name for name in FUNCTIONS if re.fullmatch(functions["match"], name.lower() + "(") is not None] == []
    assert all(re.match(functions["match"], f"{name.lower()}(1)") for name in FUNCTIONS)
    types = next(pattern for pattern in GRAMMAR["patterns"] if "support.type" in str(pattern))
    assert all(re.fullmatch(types["match"], f"as {name}") for name in TYPES)


def test_comments_and_texts() -> None:
    for comment in ("' TALK", "  REM TALK", "# TALK", "// TALK"):
        assert find_scope(comment) == "comment.line.basic", comment
    assert find_scope('"TALK"') == "string.quoted.double.basic"
    assert find_scope("BEGIN SYSTEM PROMPT") == "string.unquoted.block.basic"
    assert find_scope("remember_me = 1") == ""
    assert find_scope("talker = 1") == ""


def test_extension_names_the_grammar() -> None:
    folder = ROOT / "editors/vscode"
    extension = json.loads((folder / "package.json").read_text())
    (grammar,), (language,) = extension["contributes"]["grammars"], extension["contributes"]["languages"]

    assert (folder / grammar["path"]).resolve() == FILE
    assert grammar["scopeName"] == SCOPE
    assert grammar["language"] == language["id"]
    assert json.loads((folder / language["configuration"]).read_text())["comments"] == {"lineComment": "'"}
    assert language["id"] in (ROOT / "docs/editors.md").read_text()
