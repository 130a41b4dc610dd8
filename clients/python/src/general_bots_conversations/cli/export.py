"""``conversations export``: everything that is stored about the user."""

import argparse
import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from general_bots_conversations.cli.output import create_output
from general_bots_conversations.cli.server import add_arguments, create_client
from general_bots_conversations.models import Json


def add_command(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    add_arguments(parser)
    parser.add_argument("--output", type=Path, metavar="FILE", help="a file that only you can read (default: stdout)")
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    output = create_output(is_json=True)
    file: Path | None = options.output
    if file is None:
        asyncio.run(_write(options, output.write))
        return 0
    # A complete file or none. Only its user can read it.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            count = asyncio.run(_write(options, stream.write))
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    output.note(f"{count} conversations are in {file}.")
    return 0


async def _write(options: argparse.Namespace, write: Any) -> int:  # noqa: ANN401 - the write method of a file
    """Write a line for each conversation, one each for the rest; return the number of conversations."""
    client = create_client(options, needs_user=True)
    count = 0
    try:
        async for line in merge_pages(client.export()):
            write(json.dumps(line, ensure_ascii=False) + "\n")
            count += "conversation" in line
    finally:
        await client.close()
    return count


async def merge_pages(pages: AsyncIterator[Json]) -> AsyncIterator[dict[str, Any]]:
    """Yield each conversation with all its messages, then the memories, the files, and the tasks and drafts.

    A conversation in which something is said during the export comes again at the end, completely. The pages do not say
    so before that, so a later line with the same id replaces an earlier one.
    """
    current: dict[str, Any] | None = None
    memories: list[Any] = []
    files: list[Any] = []
    rows: list[Any] = []
    async for page in pages:
        memories += page.get("memories") or []
        files += page.get("files") or []
        rows += page.get("rows") or []
        conversation = page.get("conversation")
        if conversation is None:
            continue
        if current is not None and current["conversation"]["id"] == conversation["id"]:
            known = {message["id"] for message in current["messages"]}
            current["messages"] += [message for message in page["messages"] if message["id"] not in known]
            current["conversation"] = conversation
            continue
        if current is not None:
            yield current
        current = {"conversation": conversation, "messages": list(page["messages"])}
    if current is not None:
        yield current
    if memories:
        yield {"memories": memories}
    if files:
        yield {"files": files}
    if rows:
        yield {"rows": rows}
