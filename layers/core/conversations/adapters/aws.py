"""What all AWS clients share: their configuration, and the translation of their errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError

from conversations.domain.errors import UnavailableError

CLIENT_CONFIG = Config(
    # Three attempts in all: a caller is waiting, and its own retry is safe.
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
)

# Of DynamoDB, SQS, S3 and API Gateway; the names differ by service.
_BUSY = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


_UNREACHABLE = (
    exceptions.ConnectionError,
    exceptions.CredentialRetrievalError,
    exceptions.HTTPClientError,
    exceptions.IncompleteReadError,
)
"""What botocore raises if no response came. Its other errors are bugs: a request or a service that it does not know."""


def get_error_code(error: ClientError) -> str:
    """Return the service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _is_busy(error: ClientError) -> bool:
    """Return whether the service failed, or refused because it is busy; the request itself is fine."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return get_error_code(error) in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR


@contextmanager
def service_errors() -> Iterator[None]:
    """Raise ``UnavailableError`` for what remains after the SDK's retries: throttling, 5xx and connection errors.

    Every other error passes: it is a bug and must be visible as one.
    """
    try:
        yield
    except ClientError as error:
        # safeguard: aws-throttled
        if _is_busy(error):
            raise UnavailableError from error
        raise
    except _UNREACHABLE as error:
        # safeguard: aws-unreachable
        raise UnavailableError from error
