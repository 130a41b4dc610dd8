"""What the scripts of a deployment use, in turns, in webhooks and in runs without a conversation."""

from collections.abc import Callable
from typing import Protocol

from basic.data.store import TableStore
from basic.http.client import HttpClient
from basic.values import Value
from conversations.data_classes import dataclass
from conversations.domain.memory import MemoryKey
from conversations.engines.basic.drive import FileLinks
from conversations.engines.basic.programs import Programs
from conversations.engines.basic.sending import Mailer, Texter
from conversations.engines.knowledge.knowledge import KnowledgeSearch
from conversations.ports.drive import DriveStore
from conversations.ports.owned_rows import OwnedRowStore
from conversations.ports.schedules import ScheduleStore
from conversations.ports.talk import Talker


class MemoryReader(Protocol):
    """The memories of bots, as they were before a turn."""

    def recall(self, key: MemoryKey) -> Value:
        """Return the value of a memory; None if it does not exist."""
        ...


@dataclass(frozen=True, slots=True)
class ScriptServices:
    """The services of a deployment that scripts use.

    Attributes
    ----------
    programs
        The published versions of bots.
    tables
        Returns the table store of a bot, by its id.
    memories
        What bots remember across conversations.
    drive
        The files of bots.
    links
        How files are sent.
    owned_rows
        The rows that belong to users.
    talker
        Sends messages to other users.
    schedules
        The schedules that scripts set.
    knowledge
        Searches knowledge bases.
    client
        The HTTP client of scripts.
    mailer
        Sends mails; None if the deployment has no sender.
    texter
        Sends text messages; None if the deployment has no sender.
    """

    programs: Programs
    tables: Callable[[str], TableStore]
    memories: MemoryReader
    drive: DriveStore
    links: FileLinks
    owned_rows: OwnedRowStore
    talker: Talker
    schedules: ScheduleStore
    knowledge: KnowledgeSearch
    client: HttpClient
    mailer: Mailer | None = None
    texter: Texter | None = None
