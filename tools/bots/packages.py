"""Reading a package: what can be published of it, or everything that is wrong with it."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import JsonValue, ValidationError

from basic import config as settings
from basic.bundle import Bundle, make_bundle
from basic.compiler.context import BuildContext
from basic.config import Configuration, get_variables, parse_config
from basic.diagnostics import Diagnostic, Severity
from basic.package import build
from conversations.domain.bot import BOT_ID_PATTERN, Bot
from conversations.engines import basic, rules
from conversations.engines.basic.programs import build_program_key
from tools.bots.files import MOST_COLLECTIONS, SCRIPT_SUFFIX, Files, files_of

PACKAGE_SUFFIX = ".gbai"

_BOT_ID = re.compile(BOT_ID_PATTERN)
_NOT_USED_YET = ("gbtheme", "gbdrive", "gbdata")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that can be published.

    Attributes
    ----------
    bot
        Its row.
    bundle
        What the row's program refers to, of a dialog; None of a rule bot, whose program is in the row.
    """

    bot: Bot
    bundle: Bundle | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a package.

    Attributes
    ----------
    package
        None if anything of it is an error.
    faults
        What is wrong with it, what is not supported and what looks wrong, in order.
    """

    package: Package | None
    faults: list[str]


def read_package(folder: Path) -> Reading:
    """Read and check a package."""
    bot_id = folder.name.removesuffix(PACKAGE_SUFFIX)
    if folder.name == bot_id or not _BOT_ID.fullmatch(bot_id):
        return _refused(f"{folder}: error: a package is a folder named <bot>{PACKAGE_SUFFIX}, in small letters")
    if not folder.is_dir():
        return _refused(f"{folder}: error: there is no such folder")
    files = files_of(folder)
    if files.faults:
        return _refused(*files.faults)
    rule_file, dialog = folder / "rules.toml", folder / f"{bot_id}.gbdialog"
    if rule_file.exists() and dialog.exists():
        return _refused(f"{folder}: error: a bot has a rules.toml or a {dialog.name}, and this one has both")
    if rule_file.exists():
        return _rule_bot(bot_id, rule_file)
    return _Dialog(folder, bot_id, files).read()


def _refused(*faults: str) -> Reading:
    return Reading(None, list(faults))


# ------------------------------------------------------------------------------------------------ rules


def _rule_bot(bot_id: str, source: Path) -> Reading:
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except ValueError as error:
        return _refused(f"{source}: error: {error}")
    about = {name: content.pop(name) for name in ("name", "description", "access") if name in content}
    try:
        rules.read_program(content)
        return Reading(Package(Bot(id=bot_id, engine=rules.ENGINE, program=content, **about)), [])
    except ValidationError as error:
        return _refused(*(f"{source}: error: {told}" for told in _told(error)))


def _told(error: ValidationError) -> Iterator[str]:
    return (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())


# ------------------------------------------------------------------------------------------------ dialogs


class _Dialog:
    """Reads a package of scripts, and notes whatever it finds."""

    def __init__(self, folder: Path, bot_id: str, files: Files) -> None:
        self.folder = folder
        self.bot_id = bot_id
        self.files = files
        self.scripts = folder / f"{bot_id}.gbdialog"
        self.faults: list[str] = []
        self.failed = False

    def read(self) -> Reading:
        configuration = self._config()
        collections = self._collections()
        self._others()
        sources = self._sources()
        context = BuildContext(collections, variables=frozenset(get_variables(configuration)))
        built = build(sources, context)
        self._note(built.diagnostics, self.scripts)
        if not sources and not self.failed:
            self._say(self.folder, f"there is no script in {self.scripts.name}, and no rules.toml")
        elif built.program and "start" not in built.program.scripts:
            self._say(self.scripts, "there is no start.bas, so the bot never speaks first", Severity.WARNING)
        bot = self._bot(configuration)
        if self.failed or built.program is None or bot is None:
            return Reading(None, self.faults)
        bundle = make_bundle(built.program, configuration, collections)
        version = bundle.program.id
        program: dict[str, JsonValue] = {"version": version, "key": build_program_key(self.bot_id, version)}
        return Reading(Package(bot.model_copy(update={"program": program}), bundle), self.faults)

    def _config(self) -> dict[str, str]:
        file = self.folder / f"{self.bot_id}.gbot/config.csv"
        text = self._text(file) if file.exists() else None
        configuration = Configuration({}, []) if text is None else parse_config(file.name, text)
        self._note(configuration.diagnostics, file.parent)
        return configuration.values

    def _collections(self) -> frozenset[str]:
        folder = self.folder / f"{self.bot_id}.gbkb"
        inside = {path.relative_to(folder).parts[0] for path in self._below(folder)}
        names = frozenset(name for name in inside if (folder / name).is_dir())
        if len(names) > MOST_COLLECTIONS:
            self._say(folder, f"a package has at most {MOST_COLLECTIONS} collections, this one has {len(names)}")
        for name in sorted(inside - names):
            self._say(folder / name, "this file is in no collection: collections are folders", Severity.WARNING)
        return names

    def _sources(self) -> dict[str, str]:
        """Return the scripts that can be read."""
        sources: dict[str, str] = {}
        for path in self._below(self.scripts):
            if path.suffix.lower() != SCRIPT_SUFFIX:
                self._say(path, f"this is no script: scripts end in {SCRIPT_SUFFIX}", Severity.WARNING)
                continue
            text = self._text(path)
            if text is not None:
                sources[path.relative_to(self.scripts).as_posix()] = text
        return sources

    def _others(self) -> None:
        """Report what is not read, so that nobody waits for it to do something."""
        prompt = self.folder / f"{self.bot_id}.gbot/PROMPT.md"
        if prompt.exists():
            self._say(prompt, "a prompt is not used yet, there is no language model", Severity.UNSUPPORTED)
        for place in sorted({path.relative_to(self.folder).parts[0] for path in self.files.paths}):
            stem, _, kind = place.rpartition(".")
            if kind in _NOT_USED_YET:
                self._say(self.folder / place, "this folder is not used yet", Severity.UNSUPPORTED)
            elif kind in ("gbdialog", "gbot", "gbkb") and stem != self.bot_id:
                self._say(self.folder / place, f"this must be named {self.bot_id}.{kind}, like the bot")

    def _bot(self, configuration: dict[str, str]) -> Bot | None:
        about: dict[str, Any] = {
            "name": configuration.get(settings.NAME, self.bot_id),
            "description": configuration.get(settings.DESCRIPTION, ""),
            "access": _access(configuration.get(settings.ACCESS, "public")),
        }
        try:
            return Bot(id=self.bot_id, engine=basic.ENGINE, program={}, **about)
        except ValidationError as error:
            for told in _told(error):
                self._say(self.folder, told)
            return None

    def _below(self, folder: Path) -> list[Path]:
        return [path for path in self.files.paths if path.is_relative_to(folder)]

    def _text(self, path: Path) -> str | None:
        content = path.read_bytes()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._say(path, f"line {content[: error.start].count(b'\n') + 1} is not UTF-8")
            return None

    def _note(self, faults: Sequence[Diagnostic], place: Path) -> None:
        for fault in faults:
            self.faults.append(str(replace(fault, file=str(place / fault.file))))
            self.failed |= fault.severity is Severity.ERROR

    def _say(self, place: Path, sentence: str, kind: Severity = Severity.ERROR) -> None:
        self.faults.append(f"{place}: {kind}: {sentence}")
        self.failed |= kind is Severity.ERROR


def _access(written: str) -> str | tuple[str, ...]:
    if written.lower() in ("public", "users"):
        return written.lower()
    return tuple(group.strip() for group in written.split(",") if group.strip())
