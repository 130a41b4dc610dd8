"""What the registry says about one REST operation."""

import re
from collections.abc import Mapping
from dataclasses import field
from http import HTTPStatus

from conversations.contract.base import RequestModel, ResponseModel
from conversations.data_classes import dataclass
from conversations.domain import errors
from conversations.domain.limits import Policy

MAX_BODY_BYTES = 128 * 1024
"""Largest body that the contract allows; API Gateway's own limit is 10 MB."""

MAX_TRANSCRIPT_BYTES = 1024 * 1024
"""Largest body of a protocol whose clients send the whole transcript with each message."""

type ErrorTypes = tuple[type[errors.ConversationsError], ...]

MESSAGE_ERRORS: ErrorTypes = (
    errors.InvalidRequestError,
    errors.InvalidMessageError,
    errors.ForbiddenError,
    errors.NotFoundError,
    errors.ConflictError,
    errors.PayloadTooLargeError,
    errors.UnsupportedMediaTypeError,
)
"""The errors of an operation whose body has a message."""


@dataclass(frozen=True, slots=True)
class Link:
    """An operation that a client can call next (OpenAPI 3.1, "Link Object").

    Attributes
    ----------
    operation
        Name of the next operation.
    description
        What it does.
    parameters
        Runtime expressions for its parameters, by name.
    body
        Runtime expressions for the fields of its body, by name, if it has one.
    """

    operation: str
    description: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation[Input: RequestModel]:
    """One REST operation.

    Attributes
    ----------
    name
        The folder of its function below ``functions/rest``, and its ``operationId``.
    method, path
        Its route; parameters are written ``{name}``.
    tag
        The group that it is listed in.
    summary, description
        What it does, in a few words and in sentences.
    input
        The model of the body, or of the query string if the method is GET; None if it takes neither.
    responses
        The model of the response by status; None for an empty body.
    errors
        What can go wrong, besides what can always go wrong.
    policy
        The rate limit that it counts towards, or None.
    field_policies
        The rate limit that a request with this field of the body counts towards instead, by field.
    public
        Whether it needs no credential.
    scripted
        Whether a bot's script defines body and response, and the secret of the bot's webhooks is the credential.
    body_required
        Whether the body must be sent.
    links
        What a client can call next.
    streams
        Whether a response may be a stream of server-sent events instead.
    error_body
        The model of its errors, if the protocol that it belongs to has a shape of its own.
    max_body_bytes
        Largest body.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    responses: Mapping[HTTPStatus, type[ResponseModel] | None]
    input: type[Input] | None = None
    errors: ErrorTypes = ()
    policy: Policy | None = None
    field_policies: Mapping[str, Policy] = field(default_factory=dict)
    public: bool = False
    scripted: bool = False
    body_required: bool = True
    links: Mapping[str, Link] = field(default_factory=dict)
    streams: bool = False
    error_body: type[ResponseModel] | None = None
    max_body_bytes: int = MAX_BODY_BYTES

    def get_path_parameters(self) -> tuple[str, ...]:
        """Return the names of the parameters in the path, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def get_policies(self) -> tuple[Policy, ...]:
        """Return all rate limits that a request may count towards."""
        policies = (self.policy, *self.field_policies.values())
        return tuple(policy for policy in policies if policy is not None)

    def get_policy(self, parsed: object) -> Policy:
        """Return the rate limit that a request counts towards.

        Parameters
        ----------
        parsed
            Its parsed body, or anything else if the body is invalid.

        Raises
        ------
        ValueError
            If the operation has no rate limit.
        """
        if self.policy is None:
            raise ValueError(f"{self.name} has no rate limit")
        given = (policy for name, policy in self.field_policies.items() if getattr(parsed, name, None) is not None)
        return next(given, self.policy)

    def get_errors(self) -> ErrorTypes:
        """Return everything that can go wrong except internal errors."""
        unauthorized: ErrorTypes = () if self.public else (errors.UnauthorizedError,)
        return (*self.errors, *unauthorized, errors.RateLimitedError, errors.UnavailableError)

    def get_status(self, response: ResponseModel | None) -> HTTPStatus:
        """Return the status of a response.

        Raises
        ------
        KeyError
            If the operation declares no such response.
        """
        for status, model in self.responses.items():
            if response is None if model is None else type(response) is model:
                return status
        raise KeyError(f"{self.name} declares no response {type(response).__name__}")
