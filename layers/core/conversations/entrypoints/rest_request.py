"""A REST request: its caller, its input, and where it leaves the caller's rate limit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.contract.base import RequestModel
from conversations.contract.operation import MAX_BODY_BYTES, Operation
from conversations.domain import timestamps
from conversations.domain.limits import Policy, Usage
from conversations.domain.principal import Principal
from conversations.entrypoints import authorizer, callers, request_body
from conversations.entrypoints.client_input import parse_json, parse_query
from conversations.ports.counting import CountedRequest, count_request
from conversations.ports.limits import RateLimiter

_RESPONSE_SECONDS = 2
"""Time that is left for presenting the response."""


class Request:
    """One request of API Gateway.

    Parameters
    ----------
    raw_event
        The event of API Gateway.
    context
        The invocation.
    """

    def __init__(self, raw_event: dict[str, Any], context: LambdaContext) -> None:
        self.raw_event = raw_event
        self._context = context
        self._counted: CountedRequest | None = None

    @property
    def usage(self) -> Usage | None:
        """The caller's usage of the rate limit; None if the request was not counted."""
        return None if self._counted is None else self._counted.usage

    @property
    def path_parameters(self) -> Mapping[str, str]:
        """The parameters of the path, decoded."""
        return self.raw_event.get("pathParameters") or {}

    def get_header(self, name: str) -> str | None:
        """Return a header, None if it was not sent. Names are compared regardless of case."""
        return authorizer.get_header(self.raw_event, name)

    def get_principal(self) -> Principal:
        """Return the caller.

        Raises
        ------
        UnauthorizedError
            If the caller is not authenticated, or the token has expired since.
        """
        return callers.get_valid_principal(self.raw_event, timestamps.now())

    @contextmanager
    def count(self, rate_limiter: RateLimiter, policy: Policy, owner: str) -> Iterator[CountedRequest]:
        """Count the request, unless the block refuses it; the response headers report the usage.

        Raises
        ------
        RateLimitedError
            If the limit is exceeded.
        """
        with count_request(rate_limiter, policy, owner, timestamps.now) as counted:
            self._counted = counted
            yield counted

    def parse[Input: RequestModel](self, operation: Operation[Input]) -> Input:
        """Return the body, or the query string of a GET, as the operation's model.

        Raises
        ------
        UnsupportedMediaTypeError, PayloadTooLargeError
            As ``read_text`` does.
        InvalidRequestError
            If the input is malformed; the error names the first field.
        """
        if operation.input is None:
            # An operation without input has no model: its handler gets the empty base.
            return cast("Input", RequestModel())
        if operation.method == "GET":
            return parse_query(self.raw_event, operation.input)
        text = self.read_text(operation.max_body_bytes)
        if not text.strip() and not operation.body_required:
            return operation.input()
        return parse_json(text, operation.input, subject="body")

    def read_text(self, max_bytes: int = MAX_BODY_BYTES) -> str:
        """Return the body as text.

        Parameters
        ----------
        max_bytes
            Largest body.

        Raises
        ------
        UnsupportedMediaTypeError, PayloadTooLargeError, InvalidRequestError
            As ``request_body.read_text`` does.
        """
        return request_body.read_text(self.raw_event, max_bytes)

    def get_seconds_left(self) -> float:
        """Return the seconds that the invocation has left, less what presenting the response takes."""
        return self._context.get_remaining_time_in_millis() / 1_000 - _RESPONSE_SECONDS
