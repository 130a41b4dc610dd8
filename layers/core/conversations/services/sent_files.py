"""The download of files that bots have sent."""

from conversations.data_classes import dataclass
from conversations.domain.errors import NotFoundError
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.sent_files import SentFileStore


@dataclass(frozen=True, slots=True)
class SentFileService:
    """Opens the links to sent files.

    A link is in a message, so only the owner of the conversation has it. It ends with the conversation.
    """

    conversations: ConversationStore
    files: SentFileStore
    now: Clock

    def get_download_url(self, conversation_id: str, file_id: str, key: str) -> str:
        """Return the address of the content.

        Parameters
        ----------
        conversation_id
            Bare id of the conversation.
        file_id
            The id of the file.
        key
            The secret of the link.

        Raises
        ------
        NotFoundError
            If there is no such link, it has ended, or the conversation is deleted or has expired.
        UnavailableError
            If a service does not answer.
        """
        sent = self.files.find(conversation_id, file_id)
        # safeguard: sent-file-key
        if sent is None or not sent.is_opened_by(key, self.now()):
            raise NotFoundError("The file does not exist, or its link has ended.")
        conversation = self.conversations.get(conversation_id)
        # safeguard: sent-file-conversation
        if conversation is None or conversation.is_gone(self.now()):
            raise NotFoundError("The file does not exist, or its link has ended.")
        return self.files.build_download_url(sent)
