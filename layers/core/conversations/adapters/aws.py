"""What all AWS clients share: their configuration, and the translation of their errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from conversations.domain.errors import UnavailableError

CLIENT_CONFIG = Config(
    # Three attempts in all: a caller is waiting, and its own retry is safe.
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
)

_BUSY = frozenset(
    {
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


def get_error_code(error: ClientError) -> str:
    """Return the service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def service_errors() -> Iterator[None]:
    """Translate throttling and connection errors that remain after the SDK's retries into ``UnavailableError``.

    Every other error passes: it is a bug and must be visible as one.
    """
    try:
        yield
    except ClientError as error:
        # safeguard: aws-throttled
        if get_error_code(error) in _BUSY:
            raise UnavailableError from error
        raise
    except BotoCoreError as error:
        # safeguard: aws-unreachable
        raise UnavailableError from error
