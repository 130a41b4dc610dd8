"""REST entry points: parse a request, run an operation of the registry, and present its response or its problem.

Example
-------
A function below ``functions/rest`` is one operation::

    def get_history(call: rest.Call[HistoryQuery]) -> History:
        page = history_service().get_page(call.principal, call.conversation_id, ...)
        return History.from_page(page)


    handler = rest.handler(GET_HISTORY, get_history, rate_limiter)
"""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.config import settings
from conversations.contract import problems
from conversations.contract.base import EventStream, RequestModel, ResponseModel
from conversations.contract.operation import Operation
from conversations.data_classes import dataclass
from conversations.domain import errors, ids
from conversations.domain.limits import Usage
from conversations.domain.principal import Principal
from conversations.entrypoints import authorizer
from conversations.entrypoints.log_keys import append_ids, append_refusal, begin_correlation
from conversations.entrypoints.rest_request import Request
from conversations.entrypoints.rest_response import (
    Response,
    build_event_response,
    build_json_response,
    build_problem_response,
)
from conversations.ports.counting import CountedRequest
from conversations.ports.limits import RateLimiter

_EXPOSED_HEADERS = "RateLimit,RateLimit-Policy,Retry-After"

type Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]
type Respond = Callable[[Request], Response]
type BuildError = Callable[[Exception, Usage | None], Response]

logger = Logger()


@dataclass(frozen=True, slots=True)
class Call[Input: RequestModel]:
    """One request of an operation, authenticated, parsed and counted.

    Attributes
    ----------
    principal
        The caller.
    input
        The body, or the query string of a GET.
    path_parameters
        The parameters of the path, as they were sent.
    get_seconds_left
        Returns the seconds that this invocation has left for the operation.
    counted
        How it was counted; an operation that recognizes a retry refunds it.
    get_header
        Returns a header of the request, None if it was not sent.
    """

    principal: Principal
    input: Input
    path_parameters: Mapping[str, str]
    get_seconds_left: Callable[[], float]
    counted: CountedRequest
    get_header: Callable[[str], str | None]

    @property
    def conversation_id(self) -> str:
        """The bare id of the conversation in the path.

        Raises
        ------
        InvalidRequestError
            If it is invalid.
        """
        return ids.parse_conversation_id(self.path_parameters["conversation_id"], field="conversation_id")


def handler[Input: RequestModel](
    operation: Operation[Input],
    run: Callable[[Call[Input]], ResponseModel | EventStream | None],
    rate_limiter: Callable[[], RateLimiter],
    build_error: BuildError = build_problem_response,
) -> Handler:
    """Return the Lambda handler of an operation that has a rate limit.

    Parameters
    ----------
    operation
        Its entry in the registry.
    run
        Runs it and returns the response; None for an empty body.
    rate_limiter
        Returns the rate limiter.
    build_error
        Builds the response for an error.
    """

    def respond(request: Request) -> Response:
        principal = request.get_principal()
        append_ids(logger, SimpleNamespace(**request.path_parameters))
        parsed = _try_to_parse(request, operation)
        # An invalid request is counted too, and refunded: its response reports the usage, and a flood of them ends.
        with request.count(rate_limiter(), operation.get_policy(parsed), principal.owner) as counted:
            if isinstance(parsed, errors.ConversationsError):
                raise parsed
            call = Call(
                principal, parsed, request.path_parameters, request.get_seconds_left, counted, request.get_header
            )
            response = run(call)
            append_ids(logger, response)
        if isinstance(response, EventStream):
            return build_event_response(response, request.usage)
        return build_json_response(operation.get_status(response), response, request.usage)

    return custom_handler(operation.method, operation.path, respond, build_error)


def custom_handler(
    method: str, path: str, respond: Respond, build_error: BuildError = build_problem_response
) -> Handler:
    """Return the Lambda handler of a route that reads its request and builds its response by itself.

    It logs one line per request, without bodies, tokens and ids. The handler of a GET answers HEAD too, if the template
    routes it (RFC 9110, 9.3.2).
    """
    methods = {method, "HEAD"} if method == "GET" else {method}

    @logger.inject_lambda_context(clear_state=True)
    def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        begin_correlation(logger, event["requestContext"]["requestId"])
        request = Request(event, context)
        try:
            _require_route(event, methods, path)
            response = respond(request)
        except Exception as error:  # noqa: BLE001 - the last resort: the client must get an answer
            response = _answer_error(error, request, build_error)
        output = response.to_output(_build_cors_headers(event))
        if event["httpMethod"] == "HEAD":
            output["body"] = ""
        logger.info("answered", method=event["httpMethod"], route=event["resource"], status=response.status)
        return output

    return handle


def _require_route(event: Mapping[str, Any], methods: set[str], path: str) -> None:
    """Refuse a request for another route, which the template does not send.

    The path of a custom domain begins with the base path of its API mapping; the resource is always the route.

    Raises
    ------
    NotFoundError
        If the route is another one.
    """
    if event["resource"] != path or event["httpMethod"] not in methods:
        raise errors.NotFoundError("The path does not exist.")


def _answer_error(error: Exception, request: Request, build_error: BuildError) -> Response:
    error_type = problems.get_error_type(error)
    if error_type is problems.INTERNAL:
        logger.error("request failed", exc_info=error)
    append_refusal(logger, error_type.code)
    return build_error(error, request.usage)


def _try_to_parse[Input: RequestModel](
    request: Request, operation: Operation[Input]
) -> Input | errors.InvalidRequestError | errors.PayloadTooLargeError:
    try:
        return request.parse(operation)
    except (errors.InvalidRequestError, errors.PayloadTooLargeError) as error:
        return error


def _build_cors_headers(event: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers with which pages of the listed origins may read the response (Fetch Standard, 3.2.3).

    API Gateway answers preflight requests.
    """
    origin = authorizer.get_header(event, "origin")
    if origin is None or origin not in settings().list_allowed_origins():
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED_HEADERS}
