"""Published bots: their rows in the table, and the versions of dialogs in the bucket."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from basic.bundle import dump_bundle
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain.bot import Bot
from conversations.domain.secrets import hash_secret
from tools.bots.packages import Package

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a dialog that is kept.

    Attributes
    ----------
    id
        Its name.
    published_at
        When it was last published.
    """

    id: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """A published bot.

    Attributes
    ----------
    bot
        What is in the table.
    versions
        Its versions in the bucket, the newest first; none of a rule bot.
    """

    bot: Bot
    versions: Sequence[Version]

    @property
    def current(self) -> str | None:
        """The version that new conversations begin with."""
        version = self.bot.program.get("version")
        return version if isinstance(version, str) else None


def publish(s3: "S3Client", bucket: str, dynamodb: "DynamoDBClient", table: str, packages: Sequence[Package]) -> None:
    """Store packages: first all that rows refer to, then the rows.

    A version that is there stays as it is: its name says what is in it. Old ones are kept for dialogs that are on them.
    """
    for package in packages:
        if package.bundle is not None:
            body = dump_bundle(package.bundle).encode()
            key = str(package.bot.program["key"])
            s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    bots = DynamoDBBotCatalogue(dynamodb, table)
    for package in packages:
        bots.publish(package.bot)


def published(s3: "S3Client", bucket: str, dynamodb: "DynamoDBClient", table: str) -> list[Published]:
    """Return what is published."""
    bots = DynamoDBBotCatalogue(dynamodb, table)
    return [Published(bots.get(each.id), _versions(s3, bucket, each.id)) for each in bots.list_bots()]


def _versions(s3: "S3Client", bucket: str, bot_id: str) -> list[Version]:
    prefix = f"{bot_id}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = [
        Version(item["Key"].removeprefix(prefix).removesuffix(".json"), item["LastModified"])
        for page in pages
        for item in page.get("Contents", [])
    ]
    return sorted(found, key=lambda version: version.published_at, reverse=True)


def new_webhook_secret(dynamodb: "DynamoDBClient", table: str, bot_id: str) -> str:
    """Give a bot a new secret for its webhooks and return it; only its hash is kept.

    Raises
    ------
    NotFoundError
        If there is no such bot.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    DynamoDBBotCatalogue(dynamodb, table).set_webhook_secret(bot_id, hash_secret(secret))
    return secret
