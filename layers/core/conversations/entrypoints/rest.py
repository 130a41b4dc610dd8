"""REST entry points: one resolver per function, and what their handlers need to parse and present."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from conversations.config import settings
from conversations.contract import problems
from conversations.contract.rest_schemas import RequestModel, ResponseModel
from conversations.domain import errors, ids, timestamps
from conversations.domain.limits import Policy
from conversations.domain.principal import Principal
from conversations.domain.webhooks import WebhookResponse
from conversations.entrypoints import callers
from conversations.ports.limits import RateLimiter

MAX_BODY_BYTES = 128 * 1024
"""Largest body the contract takes; API Gateway's own limit is 10 MB."""

ANY_ID = "(?s:.+)"
"""A conversation's place in a route. Powertools' own ``<name>`` matches some characters only, and an id that is none is
not an unknown path; see ``conversation_id``."""

_NOT_STORED = {"Cache-Control": "no-store"}
_USAGE = "usage"
_ANSWER_SECONDS = 2
_PREFLIGHT_SECONDS = 600

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

logger = Logger()


def resolver() -> APIGatewayRestResolver:
    """Return a resolver that answers every error with a problem."""
    app = APIGatewayRestResolver()

    def on_error(error: Exception) -> Response[str]:
        if problems.get_error_type(error) is problems.INTERNAL:
            logger.error("request failed", exc_info=error)
        return _problem(error, {**_usage_headers(app), **_cors_headers(app)})

    def on_unknown_route(_error: RouteNotFoundError) -> Response[str]:
        return _problem(errors.NotFoundError("There is no such path."), _cors_headers(app))

    app.exception_handler(Exception)(on_error)
    app.exception_handler(errors.ConversationsError)(on_error)
    app.not_found(on_unknown_route)
    return app


def entry_point(app: APIGatewayRestResolver) -> Handler:
    """Return the Lambda handler of ``app``; it logs one line per request, without bodies, tokens and ids."""

    @logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        answer = app.resolve(event, context)
        logger.info("answered", method=event["httpMethod"], route=event.get("resource"), status=answer["statusCode"])
        return answer

    return handler


def caller(app: APIGatewayRestResolver) -> Principal:
    """Return who is calling.

    Raises
    ------
    UnauthorizedError
        If nobody is, or not any more.
    """
    return callers.get_valid_principal(app.current_event.raw_event, timestamps.now())


def limited(app: APIGatewayRestResolver, policy: Policy, limiter: RateLimiter) -> Principal:
    """Count the request, and return who is calling; whatever is answered says where that leaves the caller.

    Raises
    ------
    UnauthorizedError
        If nobody is calling, or not any more.
    RateLimitedError
        If the caller has used up the limit.
    """
    principal = caller(app)
    count(app, principal, policy, limiter)
    return principal


def count(app: APIGatewayRestResolver, principal: Principal, policy: Policy, limiter: RateLimiter) -> None:
    """Count the request; whatever is answered says where that leaves the caller.

    Raises
    ------
    RateLimitedError
        If the caller has used up the limit.
    """
    app.append_context(**{_USAGE: limiter.acquire(policy, principal.owner, timestamps.now())})


def conversation_id(app: APIGatewayRestResolver) -> str:
    """Return the bare id of the conversation in the path.

    Raises
    ------
    InvalidRequestError
        If it is none.
    """
    return ids.parse_session_id(app.current_event.path_parameters["conversation_id"], field="conversation_id")


def body[Body: RequestModel](app: APIGatewayRestResolver, model: type[Body]) -> Body:
    """Return the body as ``model``.

    Raises
    ------
    PayloadTooLargeError
        If it is over 128 KB.
    InvalidRequestError
        If it is no JSON object, or not this one.
    """
    try:
        return model.model_validate_json(text(app))
    except ValidationError as error:
        raise problems.build_validation_error(error, whole="body") from None


def optional_body[Body: RequestModel](app: APIGatewayRestResolver, model: type[Body]) -> Body:
    """Return the body as ``model``, an empty one as the empty object; see ``body`` for what it raises."""
    return body(app, model) if _text(app.current_event) else model()


def text(app: APIGatewayRestResolver) -> str:
    """Return the body as it is.

    Raises
    ------
    PayloadTooLargeError
        If it is over 128 KB.
    InvalidRequestError
        If it is no UTF-8.
    """
    sent = _text(app.current_event)
    if len(sent.encode()) > MAX_BODY_BYTES:
        raise errors.PayloadTooLargeError("The body is over 128 KB.")
    return sent


def query[Query: RequestModel](app: APIGatewayRestResolver, model: type[Query]) -> Query:
    """Return the query string's parameters as ``model``.

    Raises
    ------
    InvalidRequestError
        If one is unknown or out of range; it names the first.
    """
    try:
        return model.model_validate(app.current_event.query_string_parameters or {})
    except ValidationError as error:
        raise problems.build_validation_error(error, whole="query") from None


def ok(app: APIGatewayRestResolver, answer: ResponseModel, *, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """Return ``answer``."""
    return Response(
        status_code=status.value,
        content_type="application/json",
        body=answer.model_dump_json(exclude_none=True),
        headers={**_NOT_STORED, **_usage_headers(app), **_cors_headers(app)},
    )


def answer(app: APIGatewayRestResolver, told: WebhookResponse) -> Response[str]:
    """Return what a script answers; no page of ours takes it for anything but what its content type says."""
    ours = {**_NOT_STORED, "X-Content-Type-Options": "nosniff", **_usage_headers(app)}
    kept = {name: value for name, value in ours.items() if name.lower() not in {each.lower() for each in told.headers}}
    return Response(status_code=told.status, body=told.body, headers=kept | {**told.headers})


def no_content(app: APIGatewayRestResolver) -> Response[str]:
    """Return 204: done, and nothing to say."""
    return Response(status_code=HTTPStatus.NO_CONTENT.value, body="", headers={**_NOT_STORED, **_cors_headers(app)})


def preflight(app: APIGatewayRestResolver) -> Response[str]:
    """Return what a page of another origin may do (Fetch Standard, "CORS-preflight request")."""
    headers = _cors_headers(app)
    if headers:
        headers |= {
            "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
            "Access-Control-Allow-Headers": "Authorization, Content-Type",
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
        }
    return Response(status_code=HTTPStatus.NO_CONTENT.value, body="", headers=headers)


def seconds_left(app: APIGatewayRestResolver) -> float:
    """Return how long this invocation may go on, less what answering takes."""
    return app.lambda_context.get_remaining_time_in_millis() / 1_000 - _ANSWER_SECONDS


def _usage_headers(app: APIGatewayRestResolver) -> dict[str, str]:
    usage = app.context.get(_USAGE)
    return {} if usage is None else problems.build_usage_headers(usage)


def _cors_headers(app: APIGatewayRestResolver) -> dict[str, str]:
    """Return what lets a page of a listed origin read the answer; nothing for any other."""
    origin = app.current_event.headers.get("origin", "")
    if not settings().allows_origin(origin):
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "RateLimit, RateLimit-Policy, Retry-After",
        "Vary": "Origin",
    }


def _problem(error: Exception, headers: Mapping[str, str]) -> Response[str]:
    problem = problems.build_problem(error)
    return Response(
        status_code=problem.status,
        content_type=problems.PROBLEM_JSON,
        body=problem.model_dump_json(exclude_none=True),
        headers={**_NOT_STORED, **headers, **problems.build_headers(error)},
    )


def _text(event: APIGatewayProxyEvent) -> str:
    try:
        text = event.decoded_body or ""
        text.encode()
    except ValueError:
        raise errors.InvalidRequestError("The body is not UTF-8 text.") from None
    return text
