"""Publishes bots: their items in the table and the versions of their dialogs in the bucket."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from basic.bundle import dump_bundle, load_bundle
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.webhook_secrets import DynamoDBWebhookSecrets
from conversations.domain.bot import Bot, BotSummary
from conversations.domain.secrets import hash_secret
from conversations.engines import basic
from tools.bots import drive_publishing, schedules
from tools.bots.knowledge.publishing import KnowledgePublisher
from tools.bots.knowledge.target import build_embedders
from tools.bots.packages import Package
from tools.bots.publications import Publication, PublicationLog
from tools.bots.target import PublishTarget

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_SECRET_BYTES = 32

_MAX_CATALOGUE_BYTES = 390_000
"""DynamoDB quota: 400 KB (409,600 bytes) for an item. One item lists all bots; a bot takes about 300 bytes in it."""


class CatalogueFullError(Exception):
    """The bots with their names and descriptions are too large for one stack."""


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version of a dialog.

    Attributes
    ----------
    id
        The version id.
    published_at
        When the version was last published.
    """

    id: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class PublishedBot:
    """A published bot.

    Attributes
    ----------
    bot
        The bot in the table.
    versions
        The versions in the bucket, newest first; empty for a bot without scripts.
    broken
        The scripts of the current version that were published with errors.
    """

    bot: Bot
    versions: Sequence[Version]
    broken: Sequence[str] = ()

    @property
    def current(self) -> str | None:
        """The version that new conversations use."""
        version = self.bot.program.get("version")
        return version if isinstance(version, str) else None


def publish(stack: PublishTarget, packages: Sequence[Package]) -> None:
    """Store packages: indexes and versions in the bucket, files, the items of the bots, the schedules, and the log.

    Storing a version again changes nothing, because its id is a digest of its content. Old versions are not deleted:
    conversations in progress use them.

    Raises
    ------
    CatalogueFullError
        If the list of all bots would be too large. Nothing is stored.
    EmbeddingError
        If the embedding model of a bot does not answer. No bot is published.
    DriveError
        If the drive of a bot would have too many files or bytes. No bot is published.
    TargetError
        If a bot has schedules or files, and it is not known where they belong. Nothing is stored.
    """
    for package in packages:
        schedules.require_target(stack, package.bundle)
        drive_publishing.require_target(stack, package.drive)
    bots, s3 = DynamoDBBotCatalogue(stack.dynamodb, stack.table), stack.s3
    _check_catalogue_size(bots.list_bots(), [package.bot.summary() for package in packages])
    knowledge = KnowledgePublisher(s3, stack.bucket, lambda: build_embedders(stack))
    for package in packages:
        knowledge.store(package.bases, package.embedding)
    for package in packages:
        if package.bundle is not None:
            body = dump_bundle(package.bundle).encode()
            key = str(package.bot.program["key"])
            s3.put_object(Bucket=stack.bucket, Key=key, Body=body, ContentType="application/json")
    for package in packages:
        drive_publishing.synchronize(stack, package.bot.id, package.drive)
    for package in packages:
        bots.publish(package.bot)
    for package in packages:
        schedules.synchronize(stack, package.bot.id, package.bundle)
    log, now, user = PublicationLog(s3, stack.bucket), datetime.now(UTC), stack.get_user()
    for package in packages:
        log.add(package.bot.id, Publication("published", now, user, package.bot, package.sources))


def _check_catalogue_size(published: Sequence[BotSummary], added: Sequence[BotSummary]) -> None:
    entries = {bot.id: bot.model_dump_json() for bot in (*published, *added)}
    size = sum(len(bot_id) + len(entry.encode()) for bot_id, entry in entries.items())
    if size > _MAX_CATALOGUE_BYTES:
        raise CatalogueFullError(
            f"The names and descriptions of {len(entries)} bots are {size:,} bytes, and a stack lists at most"
            f" {_MAX_CATALOGUE_BYTES:,}. Shorten descriptions, or deploy another stack."
        )


def list_published_bots(s3: "S3Client", bucket: str, dynamodb: "DynamoDBClient", table: str) -> list[PublishedBot]:
    """List the published bots with their versions."""
    bots = DynamoDBBotCatalogue(dynamodb, table)
    published = (bots.get(bot.id) for bot in bots.list_bots())
    return [PublishedBot(bot, list_versions(s3, bucket, bot.id), _list_broken(s3, bucket, bot)) for bot in published]


def _list_broken(s3: "S3Client", bucket: str, bot: Bot) -> list[str]:
    key = bot.program.get("key")
    if bot.engine != basic.ENGINE or not isinstance(key, str):
        return []
    bundle = load_bundle(s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode())
    return sorted(script.file for script in bundle.program.scripts.values() if script.broken)


def list_versions(s3: "S3Client", bucket: str, bot_id: str) -> list[Version]:
    """List the versions of a bot in the bucket, newest first."""
    prefix = f"{bot_id}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    versions = [
        Version(item["Key"].removeprefix(prefix).removesuffix(".json"), item["LastModified"])
        for page in pages
        for item in page.get("Contents", [])
    ]
    return sorted(versions, key=lambda version: version.published_at, reverse=True)


def create_webhook_secret(dynamodb: "DynamoDBClient", table: str, bot_id: str) -> str:
    """Replace the webhook secret of a bot and return the new one; only its hash is stored.

    Raises
    ------
    NotFoundError
        If the bot does not exist.
    """
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    DynamoDBWebhookSecrets(dynamodb, table).set_hash(bot_id, hash_secret(secret))
    return secret
