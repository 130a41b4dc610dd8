"""Files that users upload for their messages."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from conversations.data_classes import dataclass
from conversations.domain.authorization import require_access, require_open
from conversations.domain.content_types import settle_content_type
from conversations.domain.drive import DriveError
from conversations.domain.errors import InvalidMessageError, UnavailableError
from conversations.domain.message import Attachment, Draft, UploadReference
from conversations.domain.principal import Principal
from conversations.domain.upload import SEND_LIFETIME, StartedUpload, Upload, UploadedContent
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.uploads import UploadStore


@dataclass(frozen=True, slots=True)
class UploadService:
    """Signs forms for uploads, and turns uploaded files into attachments of the messages that name them.

    Attributes
    ----------
    base_url
        The address of the REST API, which links begin with; empty if the deployment does not know it.
    """

    conversations: ConversationStore
    store: UploadStore
    base_url: str
    now: Clock

    def start(
        self, principal: Principal, conversation_id: str, name: str, content_type: str, size: int
    ) -> StartedUpload:
        """Return the form with which the caller uploads a file for a message in a conversation.

        Parameters
        ----------
        principal
            The caller.
        conversation_id
            Bare id of the conversation.
        name, content_type, size
            The file; its size is in bytes.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such conversation.
        ConflictError
            If the conversation is archived.
        DailyLimitError
            If there are too many uploads on this day.
        UnavailableError
            If a service does not answer, or the deployment does not know its own address.
        """
        if not self.base_url:
            raise UnavailableError("Uploads need the parameter RestUrl or WebsiteUrl of the stack.")
        now = self.now()
        conversation = require_access(self.conversations.get(conversation_id), principal, now)
        require_open(conversation)
        upload = Upload(
            conversation_id=conversation_id,
            id=secrets.token_hex(20),
            bot_id=conversation.bot_id,
            key=secrets.token_urlsafe(24),
            name=name,
            content_type=content_type,
            size=size,
            expires_at=now + SEND_LIFETIME,
        )
        self.store.add(upload, principal.owner, now)
        return StartedUpload(upload, self.store.sign(upload, now), self._build_attachment(upload))

    def attach(self, principal: Principal, conversation_id: str, draft: Draft) -> Draft:
        """Return the draft with its uploaded files as attachments. They are files of the conversation then.

        It is idempotent: a file that was sent before is the same attachment again.

        Raises
        ------
        InvalidMessageError
            If a file was not uploaded, or not for this conversation, or too long ago, or is of another type.
        NotFoundError
            If the caller has no such conversation.
        ConflictError
            If the files of the bot have no space left.
        UnavailableError
            If a service does not answer.
        """
        if not any(isinstance(each, UploadReference) for each in draft.attachments):
            return draft
        attachments = tuple(self._list_attachments(principal, conversation_id, draft))
        return draft.model_copy(update={"attachments": attachments})

    def _list_attachments(self, principal: Principal, conversation_id: str, draft: Draft) -> Iterator[Attachment]:
        now = self.now()
        for attachment in draft.attachments:
            if isinstance(attachment, UploadReference):
                upload = self._keep(principal, conversation_id, attachment.file_id, now)
                yield self._build_attachment(upload)
            else:
                yield attachment

    def _keep(self, principal: Principal, conversation_id: str, file_id: str, now: datetime) -> Upload:
        upload = self.store.find(conversation_id, file_id)
        # safeguard: upload-foreign
        if upload is None:
            raise _refuse("one of the files was not uploaded for this conversation, or too long ago")
        if not upload.is_sent:
            # safeguard: upload-expired
            if upload.expires_at <= now:
                raise _refuse(f"{upload.name} was uploaded too long ago")
            upload = _check(upload, self.store.read_content(upload))
        if not self.store.keep(upload, principal.owner, now):
            raise _refuse(f"{upload.name} has changed, or was uploaded too long ago")
        return upload

    def _build_attachment(self, upload: Upload) -> Attachment:
        # The link of a local stack is no https URL.
        return Attachment.model_construct(
            name=upload.name,
            content_type=upload.content_type,
            url=upload.to_sent_file().build_link(self.base_url),
        )


def _check(upload: Upload, content: UploadedContent | None) -> Upload:
    """Return the upload with the type of its content, which names that content."""
    if content is None:
        raise _refuse(f"{upload.name} has not been uploaded")
    # safeguard: upload-size
    if content.size != upload.size:
        raise _refuse(f"{upload.name} has another size than was declared")
    try:
        content_type = settle_content_type(
            upload.name, upload.content_type, content.head, is_complete=len(content.head) == content.size
        )
    except DriveError as error:
        raise _refuse(str(error)) from None
    return replace(upload, content_type=content_type, etag=content.etag)


def _refuse(sentence: str) -> InvalidMessageError:
    return InvalidMessageError(f"attachments: {sentence}; upload it again.", field="attachments")
