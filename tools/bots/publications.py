"""The log of publications, in the bucket of the bots: who published which version of a bot, when, and from what files.

An entry is an object ``.publications/<bot>/<order>-<version>.json``; no bot id begins with a dot. ``order`` counts
down, so that the newest entry is listed first. Versions that were published before there was a log have no entry.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Literal

from conversations.domain.bot import Bot

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

type Action = Literal["published", "rolled back", "unpublished"]

MAX_PUBLICATIONS = 200
"""Entries that are read: the newest ones. Reading one takes some milliseconds."""

_PREFIX = ".publications"
_LATEST = 10**14
"""Milliseconds since 1970; the order of an entry is the difference from here."""
_NO_VERSION = "none"


@dataclass(frozen=True, slots=True)
class Publication:
    """An entry of the log.

    Attributes
    ----------
    action
        What was done.
    at
        When.
    by
        Who did it: the ARN of the AWS identity, or the user of the machine with the local stack.
    bot
        The bot as it was published; None if it was unpublished.
    sources
        The files of the package that make the version, by their paths.
    """

    action: Action
    at: datetime
    by: str
    bot: Bot | None
    sources: Mapping[str, str]

    @property
    def version(self) -> str | None:
        """The version; None if the bot was unpublished."""
        return None if self.bot is None else get_version(self.bot)


def get_version(bot: Bot) -> str:
    """Return the version of a bot: that of its scripts, or a hash of all else."""
    version = bot.program.get("version")
    return version if isinstance(version, str) else hashlib.sha256(bot.model_dump_json().encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PublicationLog:
    """The log of all bots of a stack."""

    s3: "S3Client"
    bucket: str

    def add(self, bot_id: str, publication: Publication) -> None:
        """Add an entry, unless the newest one has the same version: publishing that again changes nothing."""
        version = publication.version or _NO_VERSION
        newest = next(self._list_keys(bot_id), "")
        if newest.endswith(f"-{version}.json"):
            return
        order = _LATEST - int(publication.at.timestamp() * 1_000)
        content = {
            "action": publication.action,
            "at": publication.at.isoformat(),
            "by": publication.by,
            "bot": None if publication.bot is None else publication.bot.model_dump(mode="json"),
            "sources": dict(publication.sources),
        }
        self.s3.put_object(
            Bucket=self.bucket,
            Key=f"{_PREFIX}/{bot_id}/{order:014d}-{version}.json",
            Body=json.dumps(content, ensure_ascii=False).encode(),
            ContentType="application/json",
        )

    def read(self, bot_id: str) -> list[Publication]:
        """Return the newest entries of a bot, newest first."""
        return [self._get(key) for key in islice(self._list_keys(bot_id), MAX_PUBLICATIONS)]

    def _list_keys(self, bot_id: str) -> Iterator[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{_PREFIX}/{bot_id}/")
        return (item["Key"] for page in pages for item in page.get("Contents", []))

    def _get(self, key: str) -> Publication:
        content = json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        return Publication(
            content["action"],
            datetime.fromisoformat(content["at"]).astimezone(UTC),
            content["by"],
            None if content["bot"] is None else Bot.model_validate(content["bot"]),
            content["sources"],
        )
