"""Reads and checks bot packages."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import JsonValue, ValidationError

from basic import bot_server_config, model_config
from basic import config as settings
from basic.bundle import Bundle, make_bundle
from basic.compiler.context import BuildContext
from basic.config import Configuration, get_variables, parse_config
from basic.diagnostics import Diagnostic, Severity
from basic.package import build
from conversations.domain.bot import BOT_ID_PATTERN, Bot
from conversations.domain.model import ModelReference
from conversations.engines import basic, model, rules, webhook_bot
from conversations.engines.basic.programs import build_program
from conversations.engines.model.settings import parse_embedding
from conversations.engines.webhook_bot.program import Program as WebhookProgram
from tools.bots.bot_fields import build_bot, format_config
from tools.bots.drive_files import FOLDER_KIND, describe_drive, read_drive
from tools.bots.files import MAX_COLLECTIONS, PACKAGE_SUFFIX, SCRIPT_SUFFIX, PackageFiles, list_package_files
from tools.bots.knowledge.bases import KnowledgeBase, build_key
from tools.bots.knowledge.reading import KnowledgeReader
from tools.bots.knowledge.scripts import list_websites
from tools.bots.layout import find_layout

RESERVED_IDS = frozenset(
    {"agents", "bots", "connections", "conversations", "health", "me", "openai", "openapi.json", "tickets"}
)
"""The first parts of the API's own paths: a request for a webhook below one of them reaches no function."""

_BOT_ID = re.compile(BOT_ID_PATTERN)
_CONFIG = "config.csv"
_SAVED: Mapping[Path, str] = {}
_UNSUPPORTED_FOLDERS = ("gbtheme", "gbdata")
_NEEDS: Mapping[str, str] = {
    "SEND MAIL": "sends mail, so the deployment needs MailFrom",
    "SEND SMS": "sends text messages, so the deployment needs SmsFrom",
}
"""What keywords need of a deployment: a parameter of the template."""


@dataclass(frozen=True, slots=True)
class Package:
    """A valid package.

    Attributes
    ----------
    bot
        The bot, as stored in the table.
    bundle
        The compiled dialog, as stored in the bucket; None for a bot without scripts, whose program is in the table.
    sources
        The files that make it what it is, by their paths in the package: for comparing versions.
    bases
        The knowledge bases, by the keys of their indexes.
    embedding
        The model that makes their vectors; None to search by words.
    drive
        The files for the drive of the bot, by their paths there.
    """

    bot: Bot
    bundle: Bundle | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, KnowledgeBase] = field(default_factory=dict)
    embedding: ModelReference | None = None
    drive: Mapping[str, Path] = field(default_factory=dict)

    @property
    def websites(self) -> list[str]:
        """The websites that its scripts attach, by the names of their knowledge bases."""
        return [] if self.bundle is None else list_websites(self.bundle.program)

    def add_website(self, name: str, base: KnowledgeBase) -> "Package":
        """Return the package with the knowledge base of a website."""
        if self.bundle is None:
            return self
        key = build_key(self.bot.id, base, self.embedding)
        known = {**self.bundle.knowledge, name: key}
        bundle = make_bundle(self.bundle.program, self.bundle.config, self.bundle.collections, known)
        return replace(
            self,
            bot=self.bot.model_copy(update={"program": build_program(self.bot.id, bundle.program)}),
            bundle=bundle,
            sources={**self.sources, **_describe_bases([base])},
            bases={**self.bases, key: base},
        )

    def list_needs(self) -> list[str]:
        """Return what its scripts need of a deployment, such as a sender of mails, as parts of a sentence."""
        scripts = () if self.bundle is None else self.bundle.program.scripts.values()
        used = {each.first for script in scripts for each in script.code if each.opcode == "do"}
        return [need for keyword, need in _NEEDS.items() if keyword in used]


@dataclass(frozen=True, slots=True)
class PackageResult:
    """The result of reading a package.

    Attributes
    ----------
    package
        The package; None if there are errors.
    diagnostics
        Errors, warnings and unsupported features, in order.
    broken
        The number of errors of each script that is skipped, or would be with ``skip_broken``; empty if there are none,
        or if the package has errors that cannot be skipped.
    """

    package: Package | None
    diagnostics: list[Diagnostic]
    broken: Mapping[str, int] = field(default_factory=dict)


def read_package(
    folder: Path, *, skip_broken: bool = False, texts: Mapping[Path, str] = _SAVED, reads_knowledge: bool = True
) -> PackageResult:
    """Read and check a package.

    Parameters
    ----------
    folder
        The package.
    skip_broken
        Whether to replace scripts with errors by scripts that fail.
    texts
        The texts of files that are not saved.
    reads_knowledge
        Whether to read the files of knowledge bases, which may take some seconds.
    """
    bot_id = folder.name.removesuffix(PACKAGE_SUFFIX)
    if reason := _check_name(folder.name, bot_id):
        return _reject(folder, reason)
    if not folder.is_dir():
        return _reject(folder, "folder not found")
    files = list_package_files(folder)
    if files.errors:
        return PackageResult(None, files.errors)
    rule_file, dialog = folder / "rules.toml", folder / f"{bot_id}.gbdialog"
    if rule_file.exists() and dialog.exists():
        return _reject(folder, f"the package has both rules.toml and {dialog.name}; only one is allowed")
    if rule_file.exists():
        return _read_rule_bot(bot_id, rule_file)
    return _DialogReader(folder, bot_id, files, texts).read(skip_broken=skip_broken, reads_knowledge=reads_knowledge)


def _describe_bases(bases: Iterable[KnowledgeBase]) -> dict[str, str]:
    """Return a line for each document, in the place of its content, for comparing versions."""
    return {file: f"sha256 {digest}" for base in bases for file, digest in base.digests.items()}


def _check_name(name: str, bot_id: str) -> str:
    """Return why this is no name of a package; empty if it is one."""
    if name == bot_id or not _BOT_ID.fullmatch(bot_id):
        return f"invalid package name: expected <bot>{PACKAGE_SUFFIX} with lower-case letters, digits and hyphens"
    if bot_id in RESERVED_IDS:
        return f"reserved name: /api/{bot_id} is a path of the API, so webhooks of the bot would not be reached"
    return ""


def _reject(path: Path, *errors: str) -> PackageResult:
    return PackageResult(None, [Diagnostic(str(path), None, error) for error in errors])


# ------------------------------------------------------------------------------------------------ rules


def _read_rule_bot(bot_id: str, source: Path) -> PackageResult:
    try:
        text = source.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except ValueError as error:
        return _reject(source, str(error))
    fields = {name: content.pop(name) for name in ("name", "description", "access") if name in content}
    try:
        rules.parse_program(content)
        bot = Bot(id=bot_id, engine=rules.ENGINE, program=content, **fields)
        return PackageResult(Package(bot, sources={source.name: text}), [])
    except ValidationError as error:
        return _reject(source, *_format_errors(error))


def _format_errors(error: ValidationError) -> Iterator[str]:
    return (f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}" for detail in error.errors())


# ------------------------------------------------------------------------------------------------ dialogs


class _DialogReader:
    """Reads a package of scripts and collects diagnostics."""

    def __init__(self, folder: Path, bot_id: str, files: PackageFiles, texts: Mapping[Path, str]) -> None:
        self.folder = folder
        self.bot_id = bot_id
        self.files = files
        self.texts = texts
        self.layout = find_layout(folder, bot_id, files.paths)
        self.scripts = self.layout.folders["gbdialog"]
        self.diagnostics = list(self.layout.diagnostics)
        self.has_errors = any(diagnostic.severity is Severity.ERROR for diagnostic in self.diagnostics)

    def read(self, *, skip_broken: bool, reads_knowledge: bool) -> PackageResult:
        configuration = self._read_config()
        collections = self._list_collections()
        bases = self._read_bases(collections) if reads_knowledge else {}
        embedding = parse_embedding(configuration)
        knowledge = {name: build_key(self.bot_id, base, embedding) for name, base in bases.items()}
        stored = {knowledge[name]: base for name, base in bases.items()}
        drive = self._read_drive()
        self._report_unused_files()
        scripts = self._read_scripts()
        for reason in bot_server_config.check_together(configuration, has_scripts=bool(scripts)):
            self._report(self.folder, reason)
        if not scripts and bot_server_config.has_bot_server(configuration):
            return self._build_webhook_bot(configuration)
        if not scripts and model_config.has_model(configuration):
            return self._build_model_bot(configuration, bases, knowledge)
        context = BuildContext(
            collections, model_config.has_model(configuration), frozenset(get_variables(configuration))
        )
        result = build(scripts, context, skip_broken=skip_broken)
        has_other_errors = self.has_errors
        self._add_diagnostics(result.diagnostics, self.scripts)
        broken = {} if has_other_errors else result.broken
        self.has_errors = has_other_errors or result.program is None
        if not scripts and not self.has_errors:
            reason = (
                f"found no script in {self.scripts.name}, no rules.toml, and no `{model_config.MODEL}`"
                f" or `{bot_server_config.URL}` in config.csv"
            )
            self._report(self.folder, reason)
        elif result.program and "start" not in result.program.scripts:
            self._report(self.scripts, "no start.bas: the bot sends no greeting", Severity.WARNING)
        bot = self._build_bot(configuration, basic.ENGINE)
        if self.has_errors or result.program is None or bot is None:
            return PackageResult(None, self.diagnostics, broken)
        bundle = make_bundle(result.program, configuration, collections, knowledge)
        sources = {f"{self.bot_id}.gbdialog/{file}": text for file, text in scripts.items()}
        package = Package(
            bot.model_copy(update={"program": build_program(self.bot_id, bundle.program)}),
            bundle,
            {
                **sources,
                **_describe_bases(bases.values()),
                **describe_drive(f"{self.bot_id}.{FOLDER_KIND}", drive),
                _CONFIG: format_config(configuration),
            },
            stored,
            embedding,
            drive,
        )
        return PackageResult(package, self.diagnostics, broken)

    def _build_model_bot(
        self, configuration: dict[str, str], bases: Mapping[str, KnowledgeBase], knowledge: Mapping[str, str]
    ) -> PackageResult:
        """Build a bot without scripts, whose language model answers."""
        bot = self._build_bot(configuration, model.ENGINE)
        if self.has_errors or bot is None:
            return PackageResult(None, self.diagnostics)
        program: dict[str, JsonValue] = {"config": {**configuration}}
        if knowledge:
            program["knowledge"] = {**knowledge}
        package = Package(
            bot.model_copy(update={"program": program}),
            sources={**_describe_bases(bases.values()), _CONFIG: format_config(configuration)},
            bases={knowledge[name]: base for name, base in bases.items()},
            embedding=parse_embedding(configuration),
        )
        return PackageResult(package, self.diagnostics)

    def _build_webhook_bot(self, configuration: dict[str, str]) -> PackageResult:
        """Build a bot without scripts, whose author's server answers."""
        bot = self._build_bot(configuration, webhook_bot.ENGINE)
        if model_config.has_model(configuration):
            self._report(self.folder, f"a bot has either `{bot_server_config.URL}` or `{model_config.MODEL}`")
        if self.has_errors or bot is None:
            return PackageResult(None, self.diagnostics)
        program = WebhookProgram(
            url=configuration[bot_server_config.URL],
            secrets=bot_server_config.list_secrets(configuration),
            history_limit=int(configuration.get(model_config.HISTORY_LIMIT) or model_config.DEFAULT_HISTORY_LIMIT),
            welcome=configuration.get(settings.WELCOME_MESSAGE, ""),
            fallback=settings.get_fallback_message(configuration),
            error=settings.get_error_message(configuration),
        )
        package = Package(
            bot.model_copy(update={"program": program.model_dump(mode="json")}),
            sources={_CONFIG: format_config(configuration)},
        )
        return PackageResult(package, self.diagnostics)

    def _read_config(self) -> dict[str, str]:
        file = self.layout.folders["gbot"] / "config.csv"
        text = self._read_text(file) if file.exists() else None
        configuration = Configuration({}, []) if text is None else parse_config(file.name, text)
        self._add_diagnostics(configuration.diagnostics, file.parent)
        self._add_prompt(file.parent / "PROMPT.md", configuration.values)
        return configuration.values

    def _add_prompt(self, file: Path, configuration: dict[str, str]) -> None:
        """Append the text of PROMPT.md to the system prompt."""
        text = self._read_text(file) if file.exists() else None
        if text is None or not text.strip():
            return
        prompts = (configuration.get(model_config.SYSTEM_PROMPT, ""), text.strip())
        prompt = "\n\n".join(part for part in prompts if part)
        reason = model_config.check_model_value(model_config.SYSTEM_PROMPT, prompt)
        if reason:
            self._report(file, reason)
        elif not model_config.has_model(configuration):
            reason = f"the prompt is ignored: config.csv names no `{model_config.MODEL}`"
            self._report(file, reason, Severity.WARNING)
        else:
            configuration[model_config.SYSTEM_PROMPT] = prompt

    def _list_collections(self) -> frozenset[str]:
        folder = self.layout.folders["gbkb"]
        entries = {path.relative_to(folder).parts[0] for path in self._list_files_in(folder)}
        names = frozenset(name for name in entries if (folder / name).is_dir())
        if len(names) > MAX_COLLECTIONS:
            self._report(folder, f"the package has {len(names)} collections; at most {MAX_COLLECTIONS} are allowed")
        for name in sorted(entries - names):
            self._report(folder / name, "this file is not in a collection; collections are folders", Severity.WARNING)
        return names

    def _read_bases(self, collections: frozenset[str]) -> Mapping[str, KnowledgeBase]:
        reader = KnowledgeReader(self.layout.folders["gbkb"])
        bases = reader.read(sorted(collections), self.files.paths)
        self.diagnostics += reader.diagnostics
        self.has_errors |= any(each.severity is Severity.ERROR for each in reader.diagnostics)
        return bases

    def _read_drive(self) -> Mapping[str, Path]:
        files, errors = read_drive(self.layout.folders[FOLDER_KIND], self.files.paths)
        self.diagnostics += errors
        self.has_errors |= bool(errors)
        return files

    def _read_scripts(self) -> dict[str, str]:
        """Return the source of the scripts by their paths, without those that are not UTF-8."""
        scripts: dict[str, str] = {}
        for path in self.layout.list_scripts():
            if path.suffix.lower() != SCRIPT_SUFFIX:
                self._report(path, f"not a script: the file name does not end in {SCRIPT_SUFFIX}", Severity.WARNING)
                continue
            text = self._read_text(path)
            if text is not None:
                scripts[path.relative_to(self.scripts).as_posix()] = text
        return scripts

    def _report_unused_files(self) -> None:
        """Report folders that are ignored."""
        for name in sorted({path.relative_to(self.folder).parts[0] for path in self.files.paths}):
            if name.rpartition(".")[2] in _UNSUPPORTED_FOLDERS:
                self._report(self.folder / name, "this folder is ignored", Severity.UNSUPPORTED)

    def _build_bot(self, configuration: dict[str, str], engine: str) -> Bot | None:
        try:
            return build_bot(self.bot_id, engine, configuration)
        except ValidationError as error:
            for message in _format_errors(error):
                self._report(self.folder, message)
            return None

    def _list_files_in(self, folder: Path) -> list[Path]:
        return [path for path in self.files.paths if path.is_relative_to(folder)]

    def _read_text(self, path: Path) -> str | None:
        if path in self.texts:
            return self.texts[path]
        content = path.read_bytes()
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._report(path, f"line {content[: error.start].count(b'\n') + 1} is not valid UTF-8")
            return None

    def _add_diagnostics(self, diagnostics: Sequence[Diagnostic], folder: Path) -> None:
        for diagnostic in diagnostics:
            self.diagnostics.append(replace(diagnostic, file=str(folder / diagnostic.file)))
            self.has_errors |= diagnostic.severity is Severity.ERROR

    def _report(self, path: Path, message: str, severity: Severity = Severity.ERROR) -> None:
        self.diagnostics.append(Diagnostic(str(path), None, message, severity=severity))
        self.has_errors |= severity is Severity.ERROR
