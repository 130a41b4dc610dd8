"""Reads the folders of knowledge bases in a package."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from basic.diagnostics import Diagnostic, Severity
from basic.errors import ScriptError
from conversations.domain.knowledge import Passage
from conversations.engines.knowledge.index import MAX_PASSAGES
from tools.bots.knowledge.bases import KnowledgeBase
from tools.bots.knowledge.documents import SUPPORTED, is_supported, read_sections
from tools.bots.knowledge.passages import build_passages


@dataclass(slots=True)
class KnowledgeReader:
    """Reads the knowledge bases of a package, and collects what is wrong with their files.

    Attributes
    ----------
    folder
        The folder of the bases.
    diagnostics
        Files that cannot be read are warnings, a base that is too large is an error.
    """

    folder: Path
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def read(self, names: Sequence[str], paths: Sequence[Path]) -> Mapping[str, KnowledgeBase]:
        """Return the bases by their names; those without any text are left out.

        Parameters
        ----------
        names
            The names of the bases: of the folders in the folder.
        paths
            The files of the package.
        """
        bases: dict[str, KnowledgeBase] = {}
        for name in names:
            files = [path for path in paths if path.is_relative_to(self.folder / name)]
            base = self._read_base(self.folder / name, files)
            if len(base.passages) > MAX_PASSAGES:
                message = (
                    f"the knowledge base has {len(base.passages):,} passages; at most {MAX_PASSAGES:,} are allowed"
                )
                self._report(self.folder / name, message, Severity.ERROR)
            elif base.passages:
                bases[name] = base
        return bases

    def _read_base(self, folder: Path, files: Sequence[Path]) -> KnowledgeBase:
        passages: list[Passage] = []
        digests: dict[str, str] = {}
        for file in files:
            content = file.read_bytes()
            digests[file.relative_to(self.folder.parent).as_posix()] = hashlib.sha256(content).hexdigest()
            passages += self._read_file(file, file.relative_to(folder).as_posix(), content)
        return KnowledgeBase(passages, digests)

    def _read_file(self, file: Path, name: str, content: bytes) -> list[Passage]:
        if not is_supported(file.name):
            self._report(file, f"this file is not read; knowledge bases have files of {', '.join(sorted(SUPPORTED))}")
            return []
        try:
            passages = build_passages(read_sections(content, file.name), name)
        except ScriptError as error:
            self._report(file, f"this file is not read: {error}")
            return []
        if not passages:
            self._report(file, "this file has no text; a scanned document needs text recognition (OCR)")
        return passages

    def _report(self, path: Path, message: str, severity: Severity = Severity.WARNING) -> None:
        self.diagnostics.append(Diagnostic(str(path), None, message, severity=severity))
