"""Conversations with clients that keep no id and repeat the whole transcript with each question."""

from collections.abc import Callable
from datetime import datetime, timedelta

from conversations.data_classes import dataclass
from conversations.domain.conversation import Conversation
from conversations.domain.errors import InvalidRequestError
from conversations.domain.message import Draft
from conversations.domain.principal import Principal
from conversations.domain.transcript import AskedQuestion, OpenTranscript, Transcript, hash_question
from conversations.ports.clock import Clock
from conversations.ports.conversations import ConversationStore
from conversations.ports.transcripts import TranscriptStore
from conversations.services.answers import Answer
from conversations.services.conversations import ConversationService
from conversations.services.messages import MessageService


@dataclass(frozen=True, slots=True)
class SentQuestion:
    """A question that was sent.

    Attributes
    ----------
    conversation_id, message_id
        Bare ids of the conversation and of its message.
    sent_at
        When it was stored; before this request if it is a repetition.
    asked
        Where it went.
    """

    conversation_id: str
    message_id: str
    sent_at: datetime
    asked: AskedQuestion


@dataclass(frozen=True, slots=True)
class TranscriptService:
    """Sends the question of a transcript to the conversation that it continues.

    ``new_key`` returns a new idempotency key.
    """

    transcripts: TranscriptStore
    conversations: ConversationStore
    starts: ConversationService
    messages: MessageService
    now: Clock
    new_key: Callable[[], str]

    def ask(
        self, principal: Principal, transcript: Transcript, request_hash: str, *, retry_window: timedelta
    ) -> SentQuestion:
        """Send the question; a repeated request sends nothing new.

        Parameters
        ----------
        principal
            The caller, a user.
        transcript
            What the client sent. Without a conversation that it continues, its question starts one.
        request_hash
            Identifies the request.
        retry_window
            The same request within this time before is an earlier try of this one. An older one is repeated only if
            this one continues no conversation: then the client asks for an answer once more.

        Raises
        ------
        NotFoundError, ForbiddenError
            If the caller has no such bot or conversation.
        InvalidRequestError
            If the conversation that the client names has another bot.
        ConflictError, UnavailableError
            As ``MessageService.send`` and ``ConversationService.start`` do.
        """
        if transcript.conversation_id is not None:
            self._require_bot(self.starts.get(principal, transcript.conversation_id), transcript)
        asked = self._find(principal, transcript, request_hash, retry_window)
        if asked.conversation_id is None:
            started = self.starts.start(
                principal,
                bot_id=transcript.bot_id,
                initial_message=transcript.question,
                client_message_id=asked.key,
            )
            return SentQuestion(started.id, started.pending_message_ids[0], started.created_at, asked)
        draft = Draft.model_construct(content=transcript.question, attachments=(), client_message_id=asked.key)
        message = self.messages.send(principal, asked.conversation_id, draft)
        return SentQuestion(asked.conversation_id, message.id, message.timestamp, asked)

    def keep(self, principal: Principal, transcript: Transcript, sent: SentQuestion, answer: Answer, text: str) -> None:
        """Remember the conversation for the next question.

        Parameters
        ----------
        principal
            The caller.
        transcript
            What the client sent.
        sent
            The question.
        answer
            The answer.
        text
            The answer as the client sees it.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        if transcript.conversation_id is not None:
            # The client knows the id.
            return
        is_redacted = answer.question.content != transcript.question
        # safeguard: transcript-redacted
        question = None if is_redacted else hash_question(transcript.question)
        last = (answer.question, *answer.messages)[-1]
        continued = OpenTranscript(sent.conversation_id, last.seq, (*sent.asked.questions, question))
        self.transcripts.add_open(principal.owner, transcript.hash_answers_with(text), continued, self.now())

    @staticmethod
    def _require_bot(conversation: Conversation, transcript: Transcript) -> None:
        if conversation.bot_id != transcript.bot_id:
            raise InvalidRequestError("The conversation is with another bot.", field="conversation_id")

    def _find(
        self, principal: Principal, transcript: Transcript, request_hash: str, retry_window: timedelta
    ) -> AskedQuestion:
        """Return where the question goes, and store it."""
        owner, now = principal.owner, self.now()
        before = self.transcripts.get_asked(owner, request_hash, now)
        # safeguard: transcript-retry
        if before is not None and before.asked_at > now - retry_window:
            return before
        answers_hash = transcript.hash_answers()
        for found in self._list_continued(principal, transcript, answers_hash):
            question = AskedQuestion(self.new_key(), found.conversation_id, found.questions, now)
            continued = (answers_hash, found)
            asked = self.transcripts.ask(owner, request_hash, question, now, before=before, continued=continued)
            if asked is not None:
                return asked
        if before is not None and transcript.earlier:
            return before
        # Earlier messages of another conversation may have been redacted there, so no hash is stored of them.
        unknown = (None,) * len(transcript.hash_questions())
        question = AskedQuestion(self.new_key(), transcript.conversation_id, unknown, now)
        return self.transcripts.ask(owner, request_hash, question, now, before=before, continued=None) or question

    def _list_continued(self, principal: Principal, transcript: Transcript, answers_hash: str) -> list[OpenTranscript]:
        """Return the conversations that the transcript may continue."""
        if not transcript.earlier or transcript.conversation_id is not None:
            return []
        questions = transcript.hash_questions()
        found = self.transcripts.list_open(principal.owner, answers_hash, self.now())
        return [each for each in found if each.matches(questions) and self._is_unchanged(principal, each)]

    def _is_unchanged(self, principal: Principal, transcript: OpenTranscript) -> bool:
        conversation = self.conversations.get(transcript.conversation_id)
        # safeguard: transcript-unchanged
        return (
            conversation is not None
            and conversation.owner == principal.owner
            and conversation.accepts_messages
            and conversation.last_seq == transcript.last_seq
        )
