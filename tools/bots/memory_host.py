"""An in-memory host for dialogs, with real HTTP requests: for the terminal and for tests of bots."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from basic.bundle import Bundle
from basic.data.in_memory import InMemoryTableStore
from basic.data.store import TableStore
from basic.data.tables import TableExecutor, normalize_table_name
from basic.errors import ScriptError
from basic.host import (
    AttachmentKind,
    EffectKey,
    FileRequest,
    HttpRequest,
    HttpResponse,
    KnowledgeResult,
    Mail,
    MemoryScope,
    Sms,
    TableRequest,
)
from basic.http.client import HttpClient
from basic.knowledge_bases import find_attached
from basic.values import Value
from conversations.domain import timestamps
from conversations.domain.drive import MAX_FILE_BYTES
from conversations.domain.knowledge import FoundPassage
from conversations.domain.secrets import draw_digits
from conversations.engines.basic.drive import DriveExecutor, FileLinks
from conversations.engines.basic.messages import TurnCapacity
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.knowledge.knowledge import BotKnowledge, KnowledgeSearch
from conversations.engines.knowledge.passages import build_result
from conversations.ports.drive import DriveStore
from tools.bots.memory_drive import BOT_ID, InMemoryDriveStore
from tools.bots.memory_sent_files import InMemorySentFileStore

_BASE_URL = "https://chat.example/api"
"""What links to files begin with; nothing opens them."""


@dataclass
class MemoryHost:
    """A `basic.host.Host` that stores everything in memory.

    Attributes
    ----------
    bundle
        The bot.
    log_line
        Receives the output of PRINT.
    client
        Sends the HTTP requests.
    store
        Stores the rows of the bot's tables.
    drive
        Stores the files of the bot.
    groups
        The groups of the user.
    remembered
        The bot memory and the user memory, by scope and name.
    room
        The remaining output capacity of the turn.
    completer
        Returns the reply of the bot's language model to a prompt; None if it has none.
    knowledge
        Searches the bot's knowledge bases; None if it has none.
    """

    bundle: Bundle
    log_line: Callable[[str], None]
    client: HttpClient = field(default_factory=HttpClient)
    store: TableStore = field(default_factory=InMemoryTableStore)
    drive: DriveStore = field(default_factory=InMemoryDriveStore)
    groups: frozenset[str] = frozenset()
    remembered: dict[tuple[MemoryScope, str], Value] = field(default_factory=dict)
    room: TurnCapacity = field(default_factory=TurnCapacity)
    completer: Callable[[str], str] | None = None
    knowledge: KnowledgeSearch | None = None

    def seconds(self) -> float:
        """See `Host.seconds`."""
        return time.monotonic()

    def say(self, text: str) -> None:
        """See `Host.say`. The output of a turn is limited as in a deployed conversation."""
        self.room.add(text)

    def log(self, text: str) -> None:
        """See `Host.log`."""
        self.log_line(text)

    def warn(self, text: str) -> None:
        """See `Host.warn`."""
        self.log_line(f"warning: {text}")

    def http(self, key: EffectKey, request: HttpRequest) -> HttpResponse:
        """See `Host.http`."""
        del key
        return self.client.send(request)

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        """See `Host.table`."""
        return self.build_table_executor().execute(key, request)

    def build_table_executor(self) -> TableExecutor:
        """Return what executes operations on the tables."""
        definitions = {normalize_table_name(table.name): table for table in self.bundle.program.tables}
        return TableExecutor(self.store, definitions, self.groups)

    def file(self, key: EffectKey, request: FileRequest) -> Value:
        """See `Host.file`."""
        return self._build_drive().execute(key, request).value

    def _build_drive(self) -> DriveExecutor:
        links = FileLinks(InMemorySentFileStore(self.drive), _BASE_URL)
        now = timestamps.now()
        return DriveExecutor(
            store=self.drive,
            links=links,
            fetch=replace(self.client, max_bytes=MAX_FILE_BYTES).fetch,
            bot_id=BOT_ID,
            owner=None,
            conversation_id="terminal",
            message_id=None,
            anonymous=False,
            now=now,
        )

    def create(self, key: EffectKey, table: str, row: Mapping[str, Value]) -> str:
        """See `Host.create`."""
        return self.build_table_executor().create(key, table, {**row}, self.store.insert)

    def draw_code(self, digits: int) -> str:
        """See `Host.draw_code`."""
        return draw_digits(digits)

    def mail(self, key: EffectKey, mail: Mail) -> None:
        """Print the mail instead of sending it; see `Host.mail`."""
        del key
        drive = self._build_drive()
        names = "".join(f", file {each.name}" for each in drive.read_attachments(mail.attachments))
        subject, text = (json.dumps(part, ensure_ascii=False) for part in (mail.subject, mail.text))
        self.log_line(f"mail to {', '.join(mail.to)}: {subject}, {text}{names}")

    def sms(self, key: EffectKey, sms: Sms) -> str:
        """Print the text message instead of sending it; see `Host.sms`."""
        self.log_line(f"text message to {sms.to}: {json.dumps(sms.text, ensure_ascii=False)}")
        return f"{key.turn}:{key.step}"

    def talk_to(self, key: EffectKey, user: str, text: str) -> None:
        """Print the message instead of sending it; see `Host.talk_to`."""
        del key
        self.log_line(f"message to {user}: {json.dumps(text, ensure_ascii=False)}")

    def schedule(self, key: EffectKey, script: str, schedule: str) -> None:
        """Print the schedule instead of creating it; see `Host.schedule`."""
        del key
        self.log_line(f"schedule of {script}.bas: {schedule}")

    def recall(self, scope: MemoryScope, name: str) -> Value:
        """See `Host.recall`."""
        return self.remembered.get((scope, name.lower()))

    def remember(self, key: EffectKey, scope: MemoryScope, name: str, value: Value) -> None:
        """See `Host.remember`."""
        del key
        self.remembered[scope, name.lower()] = value

    def search(self, key: EffectKey, bases: Sequence[str], query: str) -> Sequence[KnowledgeResult]:
        """See `Host.search`."""
        del key
        return [build_result(found) for found in self.find_passages(bases, query)]

    def find_passages(self, bases: Sequence[str], query: str) -> list[FoundPassage]:
        """Return the passages of knowledge bases that match a question best, by words."""
        if self.knowledge is None or not bases:
            return []
        known = BotKnowledge(self.bundle.knowledge)
        return self.knowledge.find(known, bases, query, ReplayJournal(None), 0)

    def attach(self, key: EffectKey, kind: AttachmentKind, name: str) -> Sequence[str]:
        """Find the knowledge bases of a name in the package; the machine finds tools itself. See ``Host.attach``."""
        del key  # the machine's state contains what is attached
        return find_attached(self.bundle, kind, name)

    def detach(self, key: EffectKey, kind: AttachmentKind, name: str | None) -> Sequence[str]:
        """Find the knowledge bases of a name in the package; see ``Host.detach``."""
        del key
        return () if kind != "kb" or name is None else self.bundle.find_collections(name)

    def complete(self, key: EffectKey, prompt: str) -> str:
        """See `Host.complete`."""
        del key
        if self.completer is None:
            raise ScriptError("the bot has no language model")
        return self.completer(prompt)
