"""The pages of the repository that the site has: docs/, and each file that one of its pages links to."""

import subprocess
from functools import cache
from pathlib import PurePosixPath

from tools.documents import ROOT
from tools.site import links

_OTHERS = frozenset(map(PurePosixPath, ("CHANGELOG.md", "CONTRIBUTING.md")))
"""Pages outside docs/ that are in the navigation."""

_NOT_SEARCHED = "---\nsearch:\n  exclude: true\n---\n\n"
"""Front matter of pages that only show a file."""

_LANGUAGES = {".ts": "ts", ".mjs": "js", ".py": "python", ".toml": "toml", ".yaml": "yaml"}


def collect_pages() -> dict[PurePosixPath, bytes]:
    """Return the content of each file of the site's sources that comes from the repository, by its path there.

    Raises
    ------
    FileNotFoundError
        If a page links to a file that is not in the repository.
    """
    files = list_files()
    found: dict[PurePosixPath, bytes] = {}
    pending = [file for file in files if file.is_relative_to(links.DOCS) or file in _OTHERS]
    seen = set(pending)
    while pending:
        file = pending.pop()
        content, targets = _build_page(file, files)
        found[links.locate(file, is_folder=file not in files)] = content
        pending.extend(target for target in targets if target not in seen)
        seen.update(targets)
    return found


@cache
def list_files() -> frozenset[PurePosixPath]:
    """Return the files of the repository, without ignored ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - fixed
    return frozenset(PurePosixPath(line) for line in listed.splitlines() if (ROOT / line).is_file())


def _build_page(file: PurePosixPath, files: frozenset[PurePosixPath]) -> tuple[bytes, list[PurePosixPath]]:
    if file.suffix == ".md":
        return _build_markdown_page(file, files)
    if file.is_relative_to(links.DOCS) or file.suffix == ".json":
        return (ROOT / file).read_bytes(), []
    return _build_listing(file, files), []


def _build_markdown_page(file: PurePosixPath, files: frozenset[PurePosixPath]) -> tuple[bytes, list[PurePosixPath]]:
    text = (ROOT / file).read_text(encoding="utf-8")
    targets = [links.resolve(file, target) for target in links.find_targets(text)]
    for target in targets:
        if not (ROOT / target).exists():
            message = f"{file} links to {target}, which does not exist"
            raise FileNotFoundError(message)
    folders = {target for target in targets if target not in files}
    return links.rewrite(text, file, folders).encode(), targets


def _build_listing(file: PurePosixPath, files: frozenset[PurePosixPath]) -> bytes:
    if file in files:
        language = _LANGUAGES.get(file.suffix, "text")
        content = (ROOT / file).read_text(encoding="utf-8")
        return f"{_NOT_SEARCHED}# {file}\n\n````{language}\n{content.rstrip()}\n````\n".encode()
    inside = sorted(str(each.relative_to(file)) for each in files if each.is_relative_to(file))
    return f"{_NOT_SEARCHED}# {file}/\n\n````text\n{'\n'.join(inside)}\n````\n".encode()
