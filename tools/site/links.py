"""Links between Markdown files of the repository, and where the site has them."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

DOCS = PurePosixPath("docs")
REPOSITORY = PurePosixPath("repository")
"""The folder of the site for linked files outside docs/."""

_AS_THEY_ARE = {".md", ".json"}

_LINK = re.compile(r"(!?\[(?:[^\]\\]|\\.)*\]\()([^)\s]+)(\))")
_FENCE = re.compile(r"^(```|~~~)")


def locate(file: PurePosixPath, *, is_folder: bool) -> PurePosixPath:
    """Return the path in the site's sources of a file or folder of the repository.

    Files outside docs/ become pages that show them, except for Markdown and JSON, which browsers show. A folder becomes
    a page with its list.
    """
    if file.is_relative_to(DOCS):
        return file.relative_to(DOCS)
    if is_folder:
        return REPOSITORY / file / "index.md"
    return REPOSITORY / file if file.suffix in _AS_THEY_ARE else REPOSITORY / f"{file}.md"


def resolve(page: PurePosixPath, target: str) -> PurePosixPath:
    """Return the file of the repository that a relative link of a file leads to."""
    parts: list[str] = []
    for part in (*page.parent.parts, *PurePosixPath(target).parts):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return PurePosixPath(*parts)


def find_targets(text: str) -> Iterator[str]:
    """Yield the relative targets of the links of a page, without their anchors."""
    for line in _iterate_prose(text):
        for match in _LINK.finditer(line):
            if _is_relative(match[2]):
                yield match[2].partition("#")[0]


def rewrite(text: str, page: PurePosixPath, folders: set[PurePosixPath]) -> str:
    """Return a page of the repository with the links that it has in the site.

    Parameters
    ----------
    text
        The Markdown.
    page
        The file of the repository that has it.
    folders
        Which targets are folders of the repository.
    """
    here = locate(page, is_folder=False)

    def replace(match: re.Match[str]) -> str:
        if not _is_relative(match[2]):
            return match[0]
        target, hash_sign, anchor = match[2].partition("#")
        file = resolve(page, target)
        there = locate(file, is_folder=file in folders)
        return f"{match[1]}{_make_relative(there, here.parent)}{hash_sign}{anchor}{match[3]}"

    lines, is_code = [], False
    for line in text.split("\n"):
        if _FENCE.match(line):
            is_code = not is_code
        lines.append(line if is_code else _LINK.sub(replace, line))
    return "\n".join(lines)


def _iterate_prose(text: str) -> Iterator[str]:
    is_code = False
    for line in text.split("\n"):
        if _FENCE.match(line):
            is_code = not is_code
        elif not is_code:
            yield line


def _is_relative(target: str) -> bool:
    return not target.startswith("#") and not re.match(r"[a-z]+:", target)


def _make_relative(target: PurePosixPath, folder: PurePosixPath) -> str:
    return str(target.relative_to(folder, walk_up=True))
