"""The published versions of BASIC bots: one object each in the bucket, read once per warm function."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError
from pydantic import JsonValue

from basic.bundle import Bundle, load_bundle
from conversations.adapters.aws import get_error_code, service_errors
from conversations.domain.entity import Entity
from conversations.domain.errors import ConversationsError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MAX_CACHED_PROGRAMS = 50
"""Versions that a warm function keeps: of more, those go that have not been asked for longest."""


class LostProgramError(ConversationsError):
    """A version does not exist in the bucket; the text is for operators."""


class ProgramReference(Entity):
    """The content of ``Bot.program`` of a BASIC bot."""

    version: str
    key: str


def parse_program_reference(program: dict[str, JsonValue]) -> ProgramReference:
    """Parse ``Bot.program``.

    Raises
    ------
    pydantic.ValidationError
        If it is not a program reference.
    """
    return ProgramReference.model_validate(program)


def build_program_key(bot_id: str, version: str) -> str:
    """Return the key of a bot's version in the bucket."""
    return f"{bot_id}/{version}.json"


class Programs(Protocol):
    """The published versions of bots."""

    def get(self, key: str) -> Bundle:
        """Return a version; see ``S3Programs.get``."""
        ...


@dataclass(frozen=True, slots=True)
class S3Programs:
    """The versions in a bucket. What lies under a key never changes, so what was read once stays true."""

    client: "S3Client"
    bucket: str
    _read: OrderedDict[str, Bundle] = field(default_factory=OrderedDict)

    def get(self, key: str) -> Bundle:
        """Return a version.

        Raises
        ------
        LostProgramError
            If there is none.
        UnavailableError
            If the bucket does not answer.
        basic.program.ProgramFormatError
            If another version of the compiler wrote it.
        """
        if key not in self._read:
            self._read[key] = load_bundle(self._text(key))
            if len(self._read) > MAX_CACHED_PROGRAMS:
                self._read.popitem(last=False)
        self._read.move_to_end(key)
        return self._read[key]

    def _text(self, key: str) -> str:
        try:
            with service_errors():
                return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()
        except ClientError as error:
            # Without the permission to list a bucket, S3 says that one may not instead of that there is nothing.
            if get_error_code(error) in {"NoSuchKey", "AccessDenied"}:
                raise LostProgramError(f"there is no {key} in the bucket") from error
            raise
