"""``conversations bots language-server``: an editor talks to it over standard input and output."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.template import ROOT
from tools.bots import commands

SECONDS = 20


@dataclass
class Editor:
    """An editor: a client of pygls with the faults that it shows.

    Attributes
    ----------
    client
        The client.
    faults
        The faults by file.
    """

    client: LanguageClient
    faults: dict[str, list[str]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self, file: Path) -> None:
        document = types.TextDocumentItem(file.as_uri(), "general-bots-basic", 1, file.read_text())
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def write(self, file: Path, text: str) -> None:
        """Replace the text of a file in the editor, without saving it."""
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(2, file.as_uri()),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def wait_for_faults(self, file: Path, expected: list[str]) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                while self.faults.get(file.as_uri()) != expected:
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            pytest.fail(f"the faults are {self.faults.get(file.as_uri())}, not {expected}")

    async def hover(self, file: Path, line: int, character: int) -> str:
        found = await self.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(file.as_uri()), types.Position(line, character))
        )
        return "" if found is None else str(getattr(found.contents, "value", found.contents))

    async def complete(self, file: Path, line: int, character: int) -> list[types.CompletionItem]:
        found = await self.client.text_document_completion_async(
            types.CompletionParams(types.TextDocumentIdentifier(file.as_uri()), types.Position(line, character))
        )
        return list(found) if isinstance(found, list) else []


@asynccontextmanager
async def editing() -> AsyncIterator[Editor]:
    """Start the server as an editor does, and end it."""
    client = LanguageClient("tests", "1")
    editor = Editor(client)

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator] # pygls
    def show(parameters: types.PublishDiagnosticsParams) -> None:
        editor.faults[parameters.uri] = [
            f"{fault.range.start.line}:{fault.range.start.character} {int(fault.severity or 0)} {fault.message}"
            for fault in parameters.diagnostics
        ]
        editor.changed.set()

    paths = os.pathsep.join(str(ROOT / path) for path in (".", "layers/core", "layers/basic"))
    await client.start_io(
        sys.executable, "-m", "tools", "bots", "language-server", env={**os.environ, "PYTHONPATH": paths}, cwd=ROOT
    )
    await client.initialize_async(types.InitializeParams(types.ClientCapabilities()))
    client.initialized(types.InitializedParams())
    yield editor
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call] # pygls


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "shop.gbai"
    (folder / "shop.gbdialog").mkdir(parents=True)
    (folder / "shop.gbot").mkdir()
    (folder / "shop.gbot/config.csv").write_text("name,value\nparam-tax-rate,0.2\n")
    (folder / "shop.gbdialog/start.bas").write_text('HEAR x AS INTEGER\nCALL "pay", x\nTALK tax_rate\n')
    (folder / "shop.gbdialog/pay.bas").write_text("PARAM x AS INTEGER\nTALK x\n")
    return folder


def test_faults_are_shown_as_they_are_typed(package: Path) -> None:
    start, pay = package / "shop.gbdialog/start.bas", package / "shop.gbdialog/pay.bas"

    async def edit() -> None:
        async with editing() as editor:
            editor.open(start)
            await editor.wait_for_faults(start, [])

            editor.write(start, 'TALK "👍 ok" + UBOND([1])\nBOOK MEETING 1, 2\nCALL "pax"\n')
            await editor.wait_for_faults(
                start,
                [
                    "0:15 1 unknown function `UBOND`; did you mean `UBOUND`?",
                    "1:0 3 BOOK MEETING is not supported yet",
                    "2:0 2 the bot has no script `pax`, so this fails when it is reached",
                ],
            )

            # The fault of a script that is not open, because of one that is and that is not saved.
            editor.write(start, 'CALL "pay", 1\n')
            await editor.wait_for_faults(start, [])
            pay.write_text("TALK (\n")
            editor.write(start, "TALK 1\n")
            await editor.wait_for_faults(pay, ["0:5 1 `(` is not closed: a `)` is missing"])

    asyncio.run(edit())


def test_help_is_that_of_the_reference(package: Path) -> None:
    start = package / "shop.gbdialog/start.bas"
    start.write_text(
        'add_suggestion tool "pay" AS "Pay"\nHEAR x AS EMAIL\nTALK ucase(x) + "TALK" \' TALK\nBOOK MEETING 1, 2\n'
    )

    async def edit() -> None:
        async with editing() as editor:
            editor.open(start)
            suggestion = await editor.hover(start, 0, 5)
            assert "ADD SUGGESTION" in suggestion
            assert suggestion == await editor.hover(start, 0, 0)
            assert (await editor.hover(start, 1, 11)).startswith("**HEAR … AS EMAIL**: ")
            assert (await editor.hover(start, 2, 6)).startswith("**UCASE**: ")
            assert (await editor.hover(start, 3, 7)).endswith("*Not supported yet.*")
            for line, character in ((1, 5), (2, 18), (2, 26), (9, 0)):
                assert await editor.hover(start, line, character) == "", (line, character)

    asyncio.run(edit())


def test_keywords_functions_types_scripts_and_variables_are_proposed(package: Path) -> None:
    start = package / "shop.gbdialog/start.bas"
    start.write_text('customer = 1\n  add sug\nTALK ucas\nHEAR x AS em\nCALL "p\nTALK cus\nTALK "tal\n\' tal\n\n')

    async def edit() -> None:
        async with editing() as editor:
            editor.open(start)

            async def propose(line: int, character: int) -> dict[str, types.CompletionItem]:
                return {item.label: item for item in await editor.complete(start, line, character)}

            suggestion = (await propose(1, 9))["ADD SUGGESTION"]
            assert isinstance(suggestion.text_edit, types.TextEdit)
            assert suggestion.text_edit.range == types.Range(types.Position(1, 2), types.Position(1, 9))
            assert suggestion.kind == types.CompletionItemKind.Keyword
            assert "UCASE" in await propose(2, 9)
            assert "EMAIL" in await propose(3, 12)
            assert list(await propose(4, 7)) == ["pay", "start"]
            assert "customer" in await propose(5, 8)
            assert await propose(6, 9) == {}
            assert await propose(7, 5) == {}
            everything = await propose(8, 0)
            assert "TALK" in everything
            assert "BOOK MEETING" not in everything, "it is not supported yet"

    asyncio.run(edit())


def test_script_in_no_package_is_checked_with_those_beside_it(tmp_path: Path) -> None:
    script = tmp_path / "a.bas"
    script.write_text('CALL "b"\nTALK FOO(1)\n')
    (tmp_path / "b.bas").write_text("TALK 1\n")

    async def edit() -> None:
        async with editing() as editor:
            editor.open(script)
            await editor.wait_for_faults(script, ["1:5 1 unknown function `FOO`; did you mean `FLOOR`?"])

    asyncio.run(edit())


def test_missing_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    assert commands.main(["language-server"]) == 2

    assert capsys.readouterr().err == "The language server needs pygls: .venv/bin/pip install 'pygls>=2.1'\n"
