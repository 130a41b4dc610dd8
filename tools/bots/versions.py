"""The versions of a bot: lists and compares them, goes back to one, and unpublishes the bot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import unified_diff

from basic.bundle import Bundle, load_bundle
from basic.program import ProgramFormatError
from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.domain.bot import Bot
from conversations.domain.errors import NotFoundError
from conversations.engines import basic
from conversations.engines.basic.programs import build_program, build_program_key
from tools.bots import schedules
from tools.bots.bot_fields import build_bot, format_config
from tools.bots.publications import Publication, PublicationLog, get_version
from tools.bots.publishing import Version, list_versions
from tools.bots.target import PublishTarget


class VersionError(Exception):
    """There is no such version. The text is shown to the user."""


@dataclass(frozen=True, slots=True)
class BotVersions:
    """The versions of one bot of a stack.

    Attributes
    ----------
    stack
        The stack.
    bot_id
        The bot.
    """

    stack: PublishTarget
    bot_id: str

    def read_current(self) -> Bot | None:
        """Return the published bot; None if it is not published."""
        try:
            return self._catalogue.get(self.bot_id)
        except NotFoundError:
            return None

    def list_publications(self) -> list[Publication]:
        """Return what was published, newest first.

        Raises
        ------
        VersionError
            If the bot was never published.
        """
        publications = self._log.read(self.bot_id)
        if not publications and not self.list_unlogged():
            raise VersionError(f"There is no bot {self.bot_id}.")
        return publications

    def list_unlogged(self) -> list[Version]:
        """Return the versions of scripts that were published before the log began, newest first."""
        logged = {publication.version for publication in self._log.read(self.bot_id)}
        stored = list_versions(self.stack.s3, self.stack.bucket, self.bot_id)
        return [version for version in stored if version.id not in logged]

    def roll_back(self, version: str | None) -> Bot:
        """Publish an earlier version again: a given one, or the one before the current.

        Raises
        ------
        VersionError
            If there is no such version, or if its program was compiled for another release of the project.
        """
        found = self._find_previous() if version is None else self.find(version)
        bot, sources = self._load(found)
        bundle = self._load_bundle(found) if bot.engine == basic.ENGINE else None
        schedules.require_target(self.stack, bundle)
        self._catalogue.publish(bot)
        schedules.synchronize(self.stack, self.bot_id, bundle)
        self._log.add(self.bot_id, Publication("rolled back", datetime.now(UTC), self.stack.get_user(), bot, sources))
        return bot

    def unpublish(self) -> None:
        """Remove the bot. Its versions, data, memories, conversations and webhook secret stay.

        Raises
        ------
        VersionError
            If it is not published.
        """
        try:
            self._catalogue.unpublish(self.bot_id)
        except NotFoundError:
            # An earlier run may have ended between the two.
            self._remove_schedules()
            raise VersionError(f"There is no bot {self.bot_id}.") from None
        self._remove_schedules()
        self._log.add(self.bot_id, Publication("unpublished", datetime.now(UTC), self.stack.get_user(), None, {}))

    def _remove_schedules(self) -> None:
        schedules.forget_computed(self.stack, self.bot_id)
        schedules.synchronize(self.stack, self.bot_id, None)

    def compare(self, first: str | None, second: str | None) -> list[str]:
        """Return the differences between the files of two versions; by default from the previous to the current one.

        Raises
        ------
        VersionError
            If there is no such version.
        """
        before = self._find_previous() if first is None else self.find(first)
        after = self._find_current() if second is None else self.find(second)
        old, new = self._load(before)[1], self._load(after)[1]
        return [
            line
            for file in sorted(old.keys() | new.keys())
            for line in unified_diff(
                old.get(file, "").splitlines(),
                new.get(file, "").splitlines(),
                f"{file} ({before})",
                f"{file} ({after})",
                lineterm="",
            )
        ]

    def find(self, version: str) -> str:
        """Return the version that begins with a text.

        Raises
        ------
        VersionError
            If there is none, or if there are several.
        """
        known = self._list_in_order()
        found = [each for each in known if each.startswith(version)]
        if len(found) != 1:
            several = f"Several versions of {self.bot_id} begin with {version}: {', '.join(found)}."
            raise VersionError(several if found else f"{self.bot_id} has no version {version}.")
        return found[0]

    def _find_current(self) -> str:
        current = self.read_current()
        if current is None:
            raise VersionError(f"{self.bot_id} is not published: name both versions.")
        return get_version(current)

    def _find_previous(self) -> str:
        """Return the version that was first published before the current one; the last one of an unpublished bot."""
        known, current = self._list_in_order(), self.read_current()
        earlier = known if current is None else _list_before(known, get_version(current))
        if not earlier:
            raise VersionError(f"{self.bot_id} has no earlier version.")
        return earlier[-1]

    def _list_in_order(self) -> list[str]:
        """Return all versions in the order of their first publication."""
        logged = [publication.version for publication in reversed(self.list_publications())]
        unlogged = [version.id for version in reversed(self.list_unlogged())]
        return list(dict.fromkeys([*unlogged, *(version for version in logged if version is not None)]))

    def _load(self, version: str) -> tuple[Bot, Mapping[str, str]]:
        """Return the bot of a version and its sources."""
        for publication in self._log.read(self.bot_id):
            if publication.bot is not None and publication.version == version:
                if publication.bot.engine == basic.ENGINE:
                    self._load_config(version)
                return publication.bot, publication.sources
        bundle = self._load_bundle(version)
        config, program = bundle.config, build_program(self.bot_id, bundle.program)
        bot = build_bot(self.bot_id, basic.ENGINE, config).model_copy(update={"program": program})
        return bot, {"config.csv": format_config(config)}

    def _load_config(self, version: str) -> Mapping[str, str]:
        """Load the scripts of a version, and return its configuration."""
        return self._load_bundle(version).config

    def _load_bundle(self, version: str) -> Bundle:
        """Load the scripts of a version."""
        stored = self.stack.s3.get_object(Bucket=self.stack.bucket, Key=build_program_key(self.bot_id, version))
        try:
            return load_bundle(stored["Body"].read().decode())
        except ProgramFormatError as error:
            raise VersionError(f"Version {version} cannot run any more: {error}") from None

    @property
    def _catalogue(self) -> DynamoDBBotCatalogue:
        return DynamoDBBotCatalogue(self.stack.dynamodb, self.stack.table)

    @property
    def _log(self) -> PublicationLog:
        return PublicationLog(self.stack.s3, self.stack.bucket)


def _list_before(versions: Sequence[str], version: str) -> Sequence[str]:
    return versions[: versions.index(version)] if version in versions else versions


def format_versions(versions: BotVersions) -> Sequence[str]:
    """Return a line for each publication, newest first; the current one is marked."""
    current = versions.read_current()
    current_version = None if current is None else get_version(current)
    publications, unlogged = versions.list_publications(), versions.list_unlogged()
    lines = [
        (publication.version, publication.at, f"{publication.action} by {publication.by}")
        for publication in publications
    ]
    lines += [(version.id, version.published_at, "published by an earlier release") for version in unlogged]
    marked = next((index for index, (version, _, _) in enumerate(lines) if version == current_version), None)
    return [
        f"{'*' if index == marked and current else ' '} {version or '-':16}  {at:%Y-%m-%d %H:%M:%S} UTC  {what}"
        for index, (version, at, what) in enumerate(lines)
    ]
