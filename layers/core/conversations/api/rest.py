"""REST entry points: one resolver per function, and what their handlers need to parse and present."""

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError as RouteNotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ValidationError

from conversations.api import callers, problems
from conversations.api.schemas import RequestModel, ResponseModel
from conversations.domain import errors, moments
from conversations.domain.principal import Principal

MAX_BODY_BYTES = 128 * 1024
"""Largest body the contract takes; API Gateway's own limit is 10 MB."""

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]

logger = Logger()


def resolver() -> APIGatewayRestResolver:
    """Return a resolver that answers every error with a problem."""
    app = APIGatewayRestResolver()

    def on_error(error: Exception) -> Response[str]:
        if problems.kind_of(error) is problems.INTERNAL:
            logger.error("request failed", exc_info=error)
        return _problem(error)

    def on_unknown_route(_error: RouteNotFoundError) -> Response[str]:
        return _problem(errors.NotFoundError("There is no such path."))

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
    return callers.from_event(app.current_event.raw_event, moments.now())


def body[Body: RequestModel](app: APIGatewayRestResolver, model: type[Body]) -> Body:
    """Return the body as ``model``.

    Raises
    ------
    PayloadTooLargeError
        If it is over 128 KB.
    InvalidRequestError
        If it is no JSON object, or not this one.
    """
    text = _text(app.current_event)
    if len(text.encode()) > MAX_BODY_BYTES:
        raise errors.PayloadTooLargeError("The body is over 128 KB.")
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise problems.invalid(error, whole="body") from None


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
        raise problems.invalid(error, whole="query") from None


def ok(answer: ResponseModel) -> Response[str]:
    """Return 200 with ``answer``."""
    return _json(200, answer)


def _json(status: int, answer: BaseModel) -> Response[str]:
    return Response(
        status_code=status,
        content_type="application/json",
        body=answer.model_dump_json(exclude_none=True),
        headers={"Cache-Control": "no-store"},
    )


def _problem(error: Exception) -> Response[str]:
    problem = problems.problem_of(error)
    return Response(
        status_code=int(problem["status"]),
        content_type=problems.PROBLEM_JSON,
        body=json.dumps(problem),
        headers={"Cache-Control": "no-store", **problems.headers_of(error)},
    )


def _text(event: APIGatewayProxyEvent) -> str:
    try:
        text = event.decoded_body or ""
        text.encode()
    except ValueError:
        raise errors.InvalidRequestError("The body is not UTF-8 text.") from None
    return text
