"""WebSocket entry points: parse a frame, run it, answer on the same socket."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, TypeAdapter, ValidationError

from conversations.contract import problems
from conversations.contract.rest_schemas import RequestModel
from conversations.contract.server_frames import ServerFrame
from conversations.domain import errors, timestamps
from conversations.domain.connection import BEARER_SUBPROTOCOL
from conversations.domain.principal import Principal
from conversations.entrypoints import authorizer, callers
from conversations.ports.websocket import Gateway

MAX_ID_LENGTH = 128
"""Longest id of a client's that an error frame gives back."""

type Event = dict[str, Any]
type Handler = Callable[[Event, LambdaContext], dict[str, Any]]

OK: Mapping[str, int] = {"statusCode": 200}

logger = Logger()
_object: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Call[Frame: RequestModel]:
    """One frame from one socket."""

    principal: Principal
    connection_id: str
    frame: Frame


def frame_handler[Frame: RequestModel](
    model: type[Frame], run: Callable[[Call[Frame]], ServerFrame], gateway: Callable[[], Gateway]
) -> Handler:
    """Return the Lambda handler of a route.

    Whatever is wrong with a frame is told in an ``error`` frame, and the socket stays open; only a credential that has
    run out closes it.

    Parameters
    ----------
    model
        What the frame must be.
    run
        What to do with it; it returns what to answer.
    gateway
        Gives the way back to the socket.
    """

    @logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
    def handler(event: Event, _context: LambdaContext) -> dict[str, Any]:
        connection_id = event["requestContext"]["connectionId"]
        outcome = "ok"
        try:
            call = Call(callers.get_valid_principal(event, timestamps.now()), connection_id, parse_frame(event, model))
            _tell(gateway(), connection_id, run(call))
        except errors.ConnectionGoneError:
            outcome = "gone"
        except Exception as error:  # noqa: BLE001 - the last resort: raising would leave the socket in silence
            outcome = _tell_error(gateway(), event, error)
        logger.info("frame", route=event["requestContext"]["routeKey"], outcome=outcome)
        return dict(OK)

    return handler


def connect_handler(run: Callable[[Principal, Event], None], gateway: Callable[[], Gateway]) -> Handler:
    """Return the Lambda handler of ``$connect``.

    A refusal is the status of the handshake, as over REST. The subprotocol ``bearer`` is answered where it was offered
    and only there, because a browser closes the socket otherwise (RFC 6455, 4.1).
    """

    @logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
    def handler(event: Event, _context: LambdaContext) -> dict[str, Any]:
        if _is_frame(event):
            return _tell_of_unknown_type(gateway(), event)
        try:
            run(callers.get_valid_principal(event, timestamps.now()), event)
        except Exception as error:
            kind = problems.get_error_type(error)
            if kind is problems.INTERNAL:
                logger.exception("handshake failed")
            logger.info("handshake", status=kind.status.value)
            return {"statusCode": kind.status.value}
        logger.info("handshake", status=OK["statusCode"])
        offered = (authorizer.get_header(event, "sec-websocket-protocol") or "").split(",")
        answered = {"headers": {"Sec-WebSocket-Protocol": BEARER_SUBPROTOCOL}}
        return dict(OK) | (answered if BEARER_SUBPROTOCOL in map(str.strip, offered) else {})

    return handler


def disconnect_handler(run: Callable[[Principal, Event], None], gateway: Callable[[], Gateway]) -> Handler:
    """Return the Lambda handler of ``$disconnect``; nobody is there any more to be told of an error."""

    @logger.inject_lambda_context(correlation_id_path="requestContext.requestId", clear_state=True)
    def handler(event: Event, _context: LambdaContext) -> dict[str, Any]:
        if _is_frame(event):
            return _tell_of_unknown_type(gateway(), event)
        run(callers.principal_from_context(event), event)
        logger.info("disconnected", code=event["requestContext"].get("disconnectStatusCode"))
        return dict(OK)

    return handler


def build_unknown_type_error() -> errors.InvalidRequestError:
    """Return what to say of a frame that is none of ours: what would have been understood."""
    return errors.InvalidRequestError("type must be one of: message, ping, resume.", field="type")


def parse_query[Query: BaseModel](event: Event, model: type[Query]) -> Query:
    """Return the query string of a handshake as ``model``.

    Raises
    ------
    InvalidRequestError
        If a parameter is out of range.
    """
    try:
        return model.model_validate(event.get("queryStringParameters") or {})
    except ValidationError as error:
        raise problems.build_validation_error(error, whole="query") from None


def parse_frame[Frame: RequestModel](event: Event, model: type[Frame]) -> Frame:
    """Return the event's frame as ``model``.

    Raises
    ------
    InvalidRequestError
        If it is no JSON object, or not this one.
    """
    try:
        return model.model_validate_json(event.get("body") or "")
    except ValidationError as error:
        raise problems.build_validation_error(error, whole="frame") from None


def _is_frame(event: Event) -> bool:
    """Tell whether a route of a socket's life was chosen by a frame whose ``type`` is the name of that route.

    AWS does not say that this cannot be.
    """
    return bool(event["requestContext"].get("eventType") == "MESSAGE")


def _tell_of_unknown_type(gateway: Gateway, event: Event) -> dict[str, Any]:
    _tell_error(gateway, event, build_unknown_type_error())
    return dict(OK)


def _tell(gateway: Gateway, connection_id: str, frame: ServerFrame) -> None:
    with suppress(errors.ConnectionGoneError):
        gateway.send(connection_id, frame.to_json())


def _tell_error(gateway: Gateway, event: Event, error: Exception) -> str:
    """Answer with an ``error`` frame and return its word."""
    kind = problems.get_error_type(error)
    if kind is problems.INTERNAL:
        logger.error("frame failed", exc_info=error)
    connection_id = event["requestContext"]["connectionId"]
    said = _said(event)
    with suppress(errors.UnavailableError):
        frame = problems.build_error_frame(
            error, session_id=said.get("session_id"), client_message_id=said.get("client_message_id")
        )
        _tell(gateway, connection_id, frame)
        if isinstance(error, errors.UnauthorizedError):
            gateway.close(connection_id)
    return kind.word


def _said(event: Event) -> dict[str, str]:
    """Return the ids of a frame that may be anything, so that the client can tell what the error belongs to."""
    try:
        frame = _object.validate_json(event.get("body") or "")
    except ValidationError:
        return {}
    ids = {name: frame.get(name) for name in ("session_id", "client_message_id")}
    return {name: value for name, value in ids.items() if isinstance(value, str) and len(value) <= MAX_ID_LENGTH}
