"""A script bot that writes its questions into files, and the check of what is in the drives after a run."""

from collections.abc import Iterator, Sequence
from typing import Any

from conversations.adapters.dynamodb.serialization import deserialize
from tests.aws import DRIVE_BUCKET, Aws
from tests.faults.bot import BOT
from tests.faults.script_bots import ANSWER, GREET, build_script_bot

LOG = "log.txt"

_SCRIPT = f"""
' Each conversation has a folder. Every question is added to its log exactly once, by a write, a copy and a move.
folder = GUID()
WRITE folder + "/{LOG}", ""
{GREET}DO WHILE TRUE
    HEAR question AS TEXT
    WRITE folder + "/next.txt", READ(folder + "/{LOG}") + question + ";"
    COPY folder + "/next.txt", folder + "/copy.txt"
    MOVE folder + "/next.txt", folder + "/{LOG}"
    DELETE FILE folder + "/copy.txt"
{ANSWER}LOOP
"""


CLERK = build_script_bot("Clerk", start=_SCRIPT)
"""The default bot of the scenarios with files."""


def list_files(items: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the files of the drive, by their paths."""
    rows = [deserialize(item) for item in items]
    return {row["id"]: row for row in rows if row["bot_table"] == f"{BOT.id}#!drive"}


def find_wrong_files(
    items: Sequence[dict[str, Any]], objects: dict[str, bytes], answered: Sequence[str], *, complete: bool
) -> Iterator[str]:
    """Yield what is wrong with the files of the only conversation in which something was said.

    Parameters
    ----------
    items
        The items of the table ``bot-data``.
    objects
        The contents in the bucket of the drives, by their keys.
    answered
        The questions that have an answer, in order.
    complete
        Whether every turn that began was completed, and no request was executed after everything else.
    """
    files = list_files(items)
    for path, row in files.items():
        if f"{BOT.id}/{row['object_name']}" not in objects:
            yield f"the content of {path} is gone"
    logs = [objects[f"{BOT.id}/{row['object_name']}"].decode() for path, row in files.items() if path.endswith(LOG)]
    expected = "".join(f"{question};" for question in answered)
    if complete:
        # A start whose response was lost has started another conversation, in which nothing was said.
        if [log for log in logs if log] != [expected]:
            yield f"the log has {logs} instead of {expected}"
        if len(files) != len(logs):
            yield f"there are files besides the log: {list(files)}"
        named = {name for row in files.values() for name in (row["object_name"], *row.get("replaced", ()))}
        if orphans := {key.partition("/")[2] for key in objects} - named:
            yield f"no item names the contents {orphans}"
    elif not any(log.startswith(expected) for log in logs):
        yield f"the log has {logs}, and {expected} was answered"
    use = [deserialize(item) for item in items if item["bot_table"]["S"] == f"{BOT.id}#!usage"]
    counted = (int(use[0]["files"]), int(use[0]["bytes"])) if use else (0, 0)
    stored = (len(files), sum(int(row["size"]) for row in files.values()))
    if counted != stored:
        yield f"{counted} files and bytes are counted, and {stored} are stored"


def read_objects(aws: Aws) -> dict[str, bytes]:
    """Return the contents in the bucket of the drives."""
    listed = aws.s3.list_objects_v2(Bucket=DRIVE_BUCKET).get("Contents", [])
    return {each["Key"]: aws.s3.get_object(Bucket=DRIVE_BUCKET, Key=each["Key"])["Body"].read() for each in listed}


def erase_objects(aws: Aws) -> None:
    """Empty the bucket of the drives."""
    for key in read_objects(aws):
        aws.s3.delete_object(Bucket=DRIVE_BUCKET, Key=key)
