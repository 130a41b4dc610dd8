"""The language server: adapts what editors ask to the checks, the help and the completion."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import TextDocument

from basic.diagnostics import Diagnostic, Position, Severity
from basic.package_names import get_script_name
from tools.bots.language_server.completion import Kind, Proposal, list_proposals
from tools.bots.language_server.faults import find_faults, list_scripts
from tools.bots.language_server.help import find_help

DELAY_SECONDS = 0.2
"""The wait after a change before the package is checked, so that not every key that is pressed checks it."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.UNSUPPORTED: types.DiagnosticSeverity.Information,
}
_KINDS = {
    Kind.KEYWORD: types.CompletionItemKind.Keyword,
    Kind.FUNCTION: types.CompletionItemKind.Function,
    Kind.TYPE: types.CompletionItemKind.TypeParameter,
    Kind.SCRIPT: types.CompletionItemKind.File,
    Kind.VARIABLE: types.CompletionItemKind.Variable,
}


def build_server() -> LanguageServer:
    """Return the server, which has not started."""
    server = LanguageServer("conversations-bots", "1")
    checks = _Checks(server)

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def open_document(parameters: types.DidOpenTextDocumentParams) -> None:
        checks.request(parameters.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def change_document(parameters: types.DidChangeTextDocumentParams) -> None:
        checks.request(parameters.text_document.uri, DELAY_SECONDS)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def save_document(parameters: types.DidSaveTextDocumentParams) -> None:
        checks.request(parameters.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def close_document(parameters: types.DidCloseTextDocumentParams) -> None:
        checks.request(parameters.text_document.uri, 0)  # what was not saved is gone

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(parameters: types.HoverParams) -> types.Hover | None:
        return _hover(server.workspace.get_text_document(parameters.text_document.uri), parameters.position)

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[" ", '"']))
    def complete(parameters: types.CompletionParams) -> list[types.CompletionItem]:
        return _complete(server.workspace.get_text_document(parameters.text_document.uri), parameters.position)

    return server


@dataclass
class _Checks:
    """Checks the packages of open scripts and reports their faults to the editor."""

    server: LanguageServer
    _pending: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    _reported: dict[str, set[str]] = field(default_factory=dict)

    def request(self, uri: str, seconds: float) -> None:
        """Check the package of a script in some seconds; a later request replaces this one."""
        if uri in self._pending:
            self._pending[uri].cancel()
        self._pending[uri] = asyncio.get_running_loop().call_later(seconds, self._check, uri)

    def _check(self, uri: str) -> None:
        del self._pending[uri]
        documents = self.server.workspace.text_documents
        texts = {path: document.source for each, document in documents.items() if (path := _get_path(each))}
        path = _get_path(uri)
        if path is None:
            return
        faults = {_get_uri(file, documents): found for file, found in find_faults(path, texts).items()}
        for each in sorted(faults.keys() | self._reported.get(uri, set()) | {uri}):
            diagnostics = [_build_diagnostic(fault) for fault in faults.get(each, ())]
            self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(each, diagnostics))
        self._reported[uri] = set(faults)


def _get_path(uri: str) -> Path | None:
    path = to_fs_path(uri)
    return None if path is None else Path(path)


def _get_uri(path: Path, open_uris: Iterable[str]) -> str:
    """Return the URI of a file: as the editor writes it, if it is open there."""
    same = next((uri for uri in open_uris if _get_path(uri) == path), None)
    return same or from_fs_path(str(path)) or ""


def _build_diagnostic(fault: Diagnostic) -> types.Diagnostic:
    position = fault.position or Position(1, 1)
    start = _count_units(fault.source[: position.column - 1]) if fault.source else position.column - 1
    word = re.match(r"\w+|", fault.source[position.column - 1 :])
    length = 0 if word is None else _count_units(word[0])
    line = position.line - 1
    return types.Diagnostic(
        types.Range(types.Position(line, start), types.Position(line, start + max(1, length))),
        fault.message,
        severity=_SEVERITIES[fault.severity],
        source="conversations",
    )


def _count_units(text: str) -> int:
    """Return the length of a text in UTF-16, in which editors count."""
    return len(text.encode("utf-16-le")) // 2


def _hover(document: TextDocument, position: types.Position) -> types.Hover | None:
    inside = document.position_codec.position_from_client_units(document.lines, position)
    found = find_help(document.source, Position(inside.line + 1, inside.character + 1))
    if found is None:
        return None
    area = types.Range(
        types.Position(found.start.line - 1, found.start.column - 1),
        types.Position(found.end.line - 1, found.end.column - 1),
    )
    return types.Hover(
        types.MarkupContent(types.MarkupKind.Markdown, found.text),
        document.position_codec.range_to_client_units(document.lines, area),
    )


def _complete(document: TextDocument, position: types.Position) -> list[types.CompletionItem]:
    inside = document.position_codec.position_from_client_units(document.lines, position)
    line = document.lines[inside.line][: inside.character] if inside.line < len(document.lines) else ""
    path = _get_path(document.uri)
    scripts = [] if path is None else [get_script_name(file.name) for file in list_scripts(path)]
    return [_build_item(proposal, line, position) for proposal in list_proposals(document.source, line, scripts)]


def _build_item(proposal: Proposal, line: str, position: types.Position) -> types.CompletionItem:
    replaced = _count_units(line[len(line) - proposal.replaces :])
    start = types.Position(position.line, position.character - replaced)
    return types.CompletionItem(
        proposal.text,
        kind=_KINDS[proposal.kind],
        documentation=types.MarkupContent(types.MarkupKind.Markdown, proposal.help) if proposal.help else None,
        text_edit=types.TextEdit(types.Range(start, position), proposal.text),
    )
