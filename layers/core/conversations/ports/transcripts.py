"""Records of what stateless clients have asked and may ask next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from conversations.domain.transcript import AskedQuestion, OpenTranscript


class TranscriptStore(Protocol):
    """The records of all owners; they expire, and the erasure of an owner's data includes them."""

    def get_asked(self, owner: str, request_hash: str, now: datetime) -> AskedQuestion | None:
        """Return where a request was sent before, None if it was not within 24 hours.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def list_open(self, owner: str, answers_hash: str, now: datetime) -> Sequence[OpenTranscript]:
        """Return the newest conversations in which the bot has said exactly this, at most 20, newest first.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def ask(  # noqa: PLR0913 - the parts of one transaction
        self,
        owner: str,
        request_hash: str,
        question: AskedQuestion,
        now: datetime,
        *,
        before: AskedQuestion | None,
        continued: tuple[str, OpenTranscript] | None,
    ) -> AskedQuestion | None:
        """Store where a request is sent, and remove the transcript that it continues, all or nothing.

        Parameters
        ----------
        owner
            ``Principal.owner`` of the caller.
        request_hash
            The request.
        question
            Where it is sent.
        now
            The current time.
        before
            What ``get_asked`` returned.
        continued
            The ``answers_hash`` and the transcript that it continues; None if it continues none.

        Returns
        -------
        AskedQuestion | None
            The question; if the same request was stored since ``get_asked``, that one; None if another one continues
            the transcript.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...

    def add_open(self, owner: str, answers_hash: str, transcript: OpenTranscript, now: datetime) -> None:
        """Store, for 30 days, that a conversation may be continued with this transcript. Idempotent.

        Raises
        ------
        UnavailableError
            If the store does not answer.
        """
        ...
