"""``SecretReader`` of AWS: parameters of Systems Manager, and secrets of Secrets Manager."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field
from threading import Lock
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code, service_errors
from conversations.data_classes import dataclass
from conversations.domain.errors import NotFoundError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

CACHE_SECONDS = 300.0
"""How long a value is used before it is read again: a rotated secret is in use everywhere after five minutes."""

_ABSENT = frozenset(
    {
        "AccessDeniedException",
        "DecryptionFailure",
        "InvalidKeyId",
        "InvalidRequestException",
        "ParameterNotFound",
        "ResourceNotFoundException",
        "ValidationException",
    }
)
"""Error codes of both services for a secret that does not exist, is deleted, or may not be read."""


@dataclass(frozen=True, slots=True)
class _Cached:
    value: str = field(repr=False)
    until: float


@dataclass(slots=True)
class SecretValues:
    """Reads secrets and keeps them for a while. Threads may share it.

    Attributes
    ----------
    ssm, secrets_manager
        Return the clients, which are created when they are needed.
    clock
        A monotonic clock in seconds.
    """

    ssm: Callable[[], "SSMClient"]
    secrets_manager: Callable[[], "SecretsManagerClient"]
    clock: Callable[[], float] = time.monotonic
    _cache: dict[str, _Cached] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def get(self, reference: str) -> str:
        """Return a secret; see ``SecretReader.get``."""
        # Threads that need a secret at the same time read it once.
        with self._lock:
            cached = self._cache.get(reference)
            # safeguard: secret-rotated
            if cached is None or self.clock() >= cached.until:
                cached = _Cached(self._read(reference), self.clock() + CACHE_SECONDS)
                self._cache[reference] = cached
            return cached.value

    def _read(self, reference: str) -> str:
        store, _, name = reference.partition(":")
        with service_errors(), _absent_secrets(reference):
            if store == "ssm":
                value = self.ssm().get_parameter(Name=name, WithDecryption=True)["Parameter"].get("Value", "")
            elif store == "secretsmanager":
                value = self.secrets_manager().get_secret_value(SecretId=name).get("SecretString", "")
            else:
                raise NotFoundError("a secret is named `ssm:/NAME` or `secretsmanager:NAME`")
        stripped = value.strip()
        if not stripped:
            raise NotFoundError(f"the secret {reference} is empty")
        return stripped


@contextmanager
def _absent_secrets(reference: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if get_error_code(error) not in _ABSENT:
            raise
        code = get_error_code(error)
        raise NotFoundError(f"the secret {reference} does not exist or may not be read ({code})") from None
