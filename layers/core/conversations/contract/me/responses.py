"""The bodies of the responses about all that is stored about a user."""

import json
from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, JsonValue

from conversations.contract.base import ResponseModel
from conversations.contract.responses import ConversationDetails, HistoryMessage
from conversations.domain.bot import BotId
from conversations.domain.conversation import Conversation
from conversations.domain.drive import StoredFile
from conversations.domain.memory import Memory
from conversations.domain.message import Message
from conversations.domain.owned_rows import OwnedRow
from conversations.domain.timestamps import Timestamp


class ExportedMemory(ResponseModel):
    """A value that a bot remembers of the caller across conversations."""

    bot_id: BotId = Field(description="the bot")
    name: str = Field(description="the name that the bot's script gave it")
    value: JsonValue = Field(default=None, description="any JSON value, as the script stored it; absent if null")

    @classmethod
    def from_memory(cls, memory: Memory) -> Self:
        """Build the view of a memory. A lone surrogate, which a script can produce, has no UTF-8: it becomes ``?``."""
        text = json.dumps(memory.value, ensure_ascii=False).encode(errors="replace")
        return cls(bot_id=memory.key.bot_id, name=memory.key.name, value=json.loads(text))


class ExportedFile(ResponseModel):
    """A file that a bot has written in a conversation of the caller."""

    bot_id: BotId = Field(description="the bot")
    path: str = Field(description="its path in the drive of the bot")
    size: int = Field(description="in bytes")
    content_type: str = Field(description="its media type")
    written_at: Timestamp = Field(description="when it was written")

    @classmethod
    def from_file(cls, file: StoredFile) -> Self:
        """Build the view of a file."""
        return cls(
            bot_id=file.bot_id,
            path=file.path,
            size=file.size,
            content_type=file.content_type,
            written_at=file.written_at,
        )


class ExportedRow(ResponseModel):
    """A task or draft that a bot has created for the caller."""

    bot_id: BotId = Field(description="the bot")
    table: str = Field(description="the table of the bot, `tasks` or `drafts`")
    row: dict[str, JsonValue] = Field(description="the row, with its `id`")

    @classmethod
    def from_row(cls, owned: OwnedRow) -> Self:
        """Build the view of a row."""
        # No lone surrogates, as for memories.
        text = json.dumps(owned.row, ensure_ascii=False).encode(errors="replace").decode()
        return cls(bot_id=owned.key.bot_id, table=owned.key.table, row=json.loads(text))


class Export(ResponseModel):
    """Response of ``GET /me/export``: a conversation with a page of its history, or some memories, files or rows."""

    conversation: ConversationDetails | None = Field(
        default=None, description="the conversation of these messages; absent after the last conversation"
    )
    messages: tuple[HistoryMessage, ...] = Field(description="oldest first")
    memories: tuple[ExportedMemory, ...] | None = Field(
        default=None,
        min_length=1,
        description="what bots remember of the caller across conversations; on the last pages, if there is anything",
    )
    files: tuple[ExportedFile, ...] | None = Field(
        default=None,
        min_length=1,
        description="what bots have written in conversations of the caller; on the last pages, if there is anything",
    )
    rows: tuple[ExportedRow, ...] | None = Field(
        default=None,
        min_length=1,
        description="tasks and drafts that bots have created for the caller; on the last pages, if there are any",
    )
    next_cursor: str | None = Field(default=None, description="absent on the last page")

    @classmethod
    def from_page(  # noqa: PLR0913, PLR0917 - the parts of a page
        cls,
        conversation: Conversation | None,
        messages: Iterable[Message],
        memories: Iterable[Memory],
        files: Iterable[StoredFile],
        rows: Iterable[OwnedRow],
        next_cursor: str | None,
    ) -> Self:
        """Build the response for a page of an export."""
        return cls(
            conversation=None if conversation is None else ConversationDetails.from_conversation(conversation),
            messages=tuple(map(HistoryMessage.from_message, messages)),
            memories=tuple(map(ExportedMemory.from_memory, memories)) or None,
            files=tuple(map(ExportedFile.from_file, files)) or None,
            rows=tuple(map(ExportedRow.from_row, rows)) or None,
            next_cursor=next_cursor,
        )


class Erasing(ResponseModel):
    """Response of ``DELETE /me`` while the deletion continues in the background."""

    status: Literal["erasing"] = "erasing"
