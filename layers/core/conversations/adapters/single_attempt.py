"""Requests to services that have no idempotency keys: each is made once, and an error says whether it was executed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError

from conversations.adapters.aws import get_error_code
from conversations.domain.errors import NotSentError, UnavailableError

CLIENT_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=5)
"""The SDK repeats no request: one without a response may have been executed."""

_THROTTLED = frozenset(
    {"LimitExceededException", "Throttled", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)

_NOT_SENT = (
    exceptions.ConnectTimeoutError,
    exceptions.CredentialRetrievalError,
    exceptions.EndpointConnectionError,
    exceptions.ProxyConnectionError,
)
"""Errors before the request is sent."""

_IN_DOUBT = (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError)
"""Errors after the request may have been sent."""


@contextmanager
def attempt_once(service: str, item: str, reasons: Mapping[str, str]) -> Iterator[None]:
    """Translate the errors of a request that sends something.

    Parameters
    ----------
    service
        The name of the service.
    item
        What is sent, such as "mail".
    reasons
        What the service's error codes mean, for the author of the script.

    Raises
    ------
    NotSentError
        If the service refuses it, or it is not known whether it was sent. The message of the service is left out,
        because it contains addresses.
    UnavailableError
        If it was certainly not sent, and a retry may succeed.
    """
    try:
        yield
    except ClientError as error:
        code = get_error_code(error)
        if code in _THROTTLED:
            raise UnavailableError from error
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise NotSentError(_format_doubt(service, item, f"it failed ({code})")) from error
        reason = reasons.get(code)
        raise NotSentError(f"{service} refused the {item} ({code})" + (f": {reason}" if reason else "")) from error
    except _NOT_SENT as error:
        raise UnavailableError from error
    except _IN_DOUBT as error:
        raise NotSentError(_format_doubt(service, item, "it did not answer")) from error


def _format_doubt(service: str, item: str, reason: str) -> str:
    return f"it is not known whether {service} sent the {item}: {reason}, and a {item} is never sent twice"
