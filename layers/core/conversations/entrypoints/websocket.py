"""WebSocket entry points: parse a frame, run its operation, and answer on the same connection.

Example
-------
A function below ``functions/websocket`` is one route::

    def ping(_call: websocket.Call[PingFrame]) -> PongFrame:
        return PongFrame()


    handler = websocket.frame_handler(PING, ping, gateway)
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations.contract import error_frames, problems
from conversations.contract.base import RequestModel
from conversations.contract.client_frames import FRAME_OPERATIONS, FrameOperation
from conversations.contract.server_frames import Frame, ServerFrame
from conversations.data_classes import dataclass
from conversations.domain import errors, timestamps
from conversations.domain.connection import CREDENTIAL_SUBPROTOCOLS
from conversations.domain.metrics import describe_metrics
from conversations.domain.principal import Principal
from conversations.domain.texts import MAX_CLIENT_MESSAGE_ID_LENGTH
from conversations.entrypoints import authorizer, callers
from conversations.entrypoints.client_input import find_texts, parse_json
from conversations.entrypoints.frame_guard import FrameGuard
from conversations.entrypoints.log_keys import append_ids, append_refusal, begin_correlation
from conversations.ports.counting import CountedRequest, count_request
from conversations.ports.limits import RateLimiter
from conversations.ports.websocket import Gateway

type Event = dict[str, Any]
type Handler = Callable[[Event, LambdaContext], dict[str, Any]]

OK: Mapping[str, int] = {"statusCode": 200}

logger = Logger()


@cache
def frame_guard() -> FrameGuard:
    """Return the flood control of the connections whose frames this process handles."""
    return FrameGuard()


def build_error_frame(event: Event, error: Exception) -> ServerFrame:
    """Build the ``error`` frame about a frame, which may be malformed, with the ids that name its message."""
    echoed = find_texts(event.get("body") or "", ("session_id", "client_message_id", "client_upload_id"))
    ids = {name: value for name, value in echoed.items() if len(value) <= MAX_CLIENT_MESSAGE_ID_LENGTH}
    return error_frames.build_error_frame(error, **ids)


@dataclass(frozen=True, slots=True)
class Call[Input: RequestModel]:
    """One frame of one connection, authenticated, parsed and counted.

    Attributes
    ----------
    counted
        How it was counted; None if its operation has no rate limit.
    after_reply
        Its callbacks run when the frame has been answered.
    """

    principal: Principal
    connection_id: str
    frame: Input
    counted: CountedRequest | None
    after_reply: ExitStack


def frame_handler[Input: RequestModel](
    operation: FrameOperation[Input],
    run: Callable[[Call[Input]], Frame | None],
    gateway: Callable[[], Gateway],
    rate_limiter: Callable[[], RateLimiter] | None = None,
    describe_error: Callable[[Event, Exception], Frame] = build_error_frame,
) -> Handler:
    """Return the Lambda handler of a frame's route.

    An error is answered with an ``error`` frame, and the connection stays open; only an expired credential and a flood
    of frames close it.

    Parameters
    ----------
    operation
        Its entry in the list of frames.
    run
        Runs it and returns the reply, if there is one.
    gateway
        Returns the way back to the connection.
    rate_limiter
        Returns the rate limiter; needed if the operation has a policy.
    describe_error
        Builds the frame that reports an error, for an event.
    """

    def _run(event: Event, after_reply: ExitStack) -> Frame | None:
        connection_id = event["requestContext"]["connectionId"]
        frame_guard().check(connection_id, timestamps.now())
        principal = callers.get_valid_principal(event, timestamps.now())
        frame = parse_json(event.get("body") or "", operation.model, subject="frame")
        append_ids(logger, frame)
        with ExitStack() as stack:
            counted = None
            if operation.policy and rate_limiter:
                counting = count_request(rate_limiter(), operation.policy, principal.owner, timestamps.now)
                counted = stack.enter_context(counting)
            return run(Call(principal, connection_id, frame, counted, after_reply))

    @logger.inject_lambda_context(clear_state=True)
    def handle(event: Event, _context: LambdaContext) -> dict[str, Any]:
        connection_id = event["requestContext"]["connectionId"]
        begin_correlation(logger, event["requestContext"]["requestId"])
        outcome = "ok"
        with ExitStack() as after_reply:
            try:
                reply = _run(event, after_reply)
                append_ids(logger, reply)
                if reply is not None:
                    _reply(gateway(), connection_id, reply)
            except errors.ConnectionGoneError:
                outcome = "gone"
            except Exception as error:  # noqa: BLE001 - the last resort: the client must get an answer
                outcome = _reply_error(gateway(), event, error, describe_error)
        logger.info("frame", route=event["requestContext"]["routeKey"], outcome=outcome)
        return dict(OK)

    return handle


def connect_handler(run: Callable[[Principal, Event], None], gateway: Callable[[], Gateway]) -> Handler:
    """Return the Lambda handler of ``$connect``.

    A refusal is the status of the handshake, as over REST. A subprotocol with a credential is confirmed if it was
    offered, because a browser closes the connection otherwise (RFC 6455, 4.1).
    """

    @logger.inject_lambda_context(clear_state=True)
    def handle(event: Event, _context: LambdaContext) -> dict[str, Any]:
        begin_correlation(logger, event["requestContext"]["requestId"])
        if _is_frame(event):
            return _reply_unknown_type(gateway(), event)
        try:
            run(callers.get_valid_principal(event, timestamps.now()), event)
        except Exception as error:
            error_type = problems.get_error_type(error)
            if error_type is problems.INTERNAL:
                logger.exception("handshake failed")
            append_refusal(logger, error_type.code)
            logger.info("handshake", status=problems.get_status(error_type).value)
            return {"statusCode": problems.get_status(error_type).value}
        logger.info("handshake", status=OK["statusCode"], **describe_metrics({"ConnectionsOpened": 1}))
        return dict(OK) | _confirm_subprotocol(event)

    return handle


def disconnect_handler(run: Callable[[Principal, Event], None], gateway: Callable[[], Gateway]) -> Handler:
    """Return the Lambda handler of ``$disconnect``; no client is left that could receive an error."""

    @logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
    def handle(event: Event, _context: LambdaContext) -> dict[str, Any]:
        if _is_frame(event):
            return _reply_unknown_type(gateway(), event)
        run(callers.principal_from_context(event), event)
        code = event["requestContext"].get("disconnectStatusCode")
        logger.info("disconnected", code=code, **describe_metrics({"ConnectionsClosed": 1}))
        return dict(OK)

    return handle


def build_unknown_type_error() -> errors.InvalidRequestError:
    """Return the error about a frame of an unknown type; it lists the known ones."""
    types = ", ".join(operation.type for operation in FRAME_OPERATIONS if not operation.is_agent)
    return errors.InvalidRequestError(f"type must be one of: {types}.", field="type")


def _confirm_subprotocol(event: Event) -> dict[str, Any]:
    header = authorizer.get_header(event, "sec-websocket-protocol") or ""
    # The server must repeat the client's own spelling (RFC 6455, 4.2.2).
    offered = {offer.strip().lower(): offer.strip() for offer in header.split(",")}
    chosen = next((offered[name] for name in CREDENTIAL_SUBPROTOCOLS if name in offered), None)
    return {} if chosen is None else {"headers": {"Sec-WebSocket-Protocol": chosen}}


def _is_frame(event: Event) -> bool:
    """Return whether a frame selected a lifecycle route because its ``type`` is the name of that route.

    AWS does not document that this is impossible.
    """
    return bool(event["requestContext"].get("eventType") == "MESSAGE")


def _reply_unknown_type(gateway: Gateway, event: Event) -> dict[str, Any]:
    error: errors.ConversationsError = build_unknown_type_error()
    try:
        frame_guard().check(event["requestContext"]["connectionId"], timestamps.now())
    except errors.ConnectionLimitError as flood:
        error = flood
    _reply_error(gateway, event, error, build_error_frame)
    return dict(OK)


def _reply(gateway: Gateway, connection_id: str, frame: Frame) -> None:
    with suppress(errors.ConnectionGoneError):
        gateway.send(connection_id, frame.to_json())


def _reply_error(
    gateway: Gateway, event: Event, error: Exception, describe_error: Callable[[Event, Exception], Frame]
) -> str:
    """Answer with a frame that reports the error and return its code."""
    error_type = problems.get_error_type(error)
    if error_type is problems.INTERNAL:
        logger.error("frame failed", exc_info=error)
    closes = isinstance(error, errors.ConnectionLimitError) and error.closes
    append_refusal(logger, "closed_flood" if closes else error_type.code)
    connection_id = event["requestContext"]["connectionId"]
    with suppress(errors.UnavailableError):
        _reply(gateway, connection_id, describe_error(event, error))
    if closes or isinstance(error, errors.UnauthorizedError):
        with suppress(errors.UnavailableError):
            gateway.close(connection_id)
    return error_type.code
