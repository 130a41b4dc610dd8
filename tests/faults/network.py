"""Replaces the network: executes the AWS requests of the functions, or injects faults."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.core.models import botocore_stubber
from moto.core.utils import camelcase_to_underscores
from moto.dynamodb.responses import DynamoHandler
from werkzeug.exceptions import HTTPException

from conversations.ports.websocket import MAX_FRAME_BYTES
from tests.aws import ACCOUNT, REGION
from tests.faults.lambdas import Call, Invocation, Killed
from tests.faults.plans import Fault, Operation
from tests.faults.sent_messages import read_subject, read_text

if TYPE_CHECKING:
    from tests.faults.simulation import Simulation

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
SLOW_SECONDS = 4

type Body = dict[str, Any]

_BUSY = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "sqs": (400, "RequestThrottled"),
    "sockets": (429, "LimitExceededException"),
    "sesv2": (429, "TooManyRequestsException"),
    "scheduler": (429, "ThrottlingException"),
}
_BUSY_XML = {
    "s3": (503, "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"),
    "sns": (
        429,
        "<ErrorResponse><Error><Code>Throttled</Code><Message>Rate exceeded</Message></Error></ErrorResponse>",
    ),
}
"""What a service responds that is busy."""


def _encode_binary(value: bytes) -> str:
    """Encode a binary attribute of an item as DynamoDB does."""
    return b64encode(value).decode()


class _RawBody(BytesIO):
    """A response body as urllib3 passes it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a client."""

    raw: AWSPreparedRequest
    event_name: str
    operation: Operation

    @classmethod
    def parse(cls, raw: AWSPreparedRequest, event_name: str) -> "Request":
        """Parse a request that is about to be sent."""
        _, service, name = event_name.split(".")
        service_name = "sockets" if service == "apigatewaymanagementapi" else service
        return cls(raw, event_name, Operation(service_name, name))

    @property
    def body(self) -> Body:
        """The parsed body."""
        message: Body = json.loads(cast("bytes", self.raw.body))
        return message

    @property
    def key(self) -> str:
        """An id that all tries of a call share."""
        invocation_id = self.raw.headers["amz-sdk-invocation-id"]
        return invocation_id.decode() if isinstance(invocation_id, bytes) else str(invocation_id)

    def build_response(self, status: int, body: Body | None = None, kind: str = "") -> AWSResponse:
        """Build a response of the service."""
        headers = {"content-type": "application/x-amz-json-1.0"} | ({"x-amzn-errortype": kind} if kind else {})
        content = {**({"__type": kind, "message": kind} if kind else {}), **(body or {})}
        return AWSResponse(
            self.raw.url, status, cast("Any", headers), _RawBody(json.dumps(content, default=_encode_binary).encode())
        )


@dataclass(slots=True)
class FakeNetwork:
    """The hook that every client calls instead of sending a request.

    Attributes
    ----------
    simulation
        The run.
    tokens
        The ``ClientRequestToken`` of every executed transaction: DynamoDB executes none twice, moto would.
    """

    simulation: "Simulation"
    tokens: set[str] = field(default_factory=set)

    def __call__(self, request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
        """Respond to a request, or raise a connection error."""
        sent = Request.parse(request, event_name)
        invocation = Invocation.current()
        if invocation is None:
            return self._perform(sent)
        call = invocation.wait_before_call(sent.key, sent.operation)
        call.tries += 1
        if self.simulation.outages.affects(sent.operation.service, self.simulation.clock()):
            return _refuse(sent, Fault.THROTTLED)
        return self._attempt(sent, call, invocation)

    def _attempt(self, sent: Request, call: Call, invocation: Invocation) -> AWSResponse:
        first = call.tries == 1
        match call.fault:
            case Fault.REQUEST_LOST | Fault.FIRST_TRY_LOST | Fault.RESPONSE_LOST | Fault.EXECUTED_TWICE:
                return self._fail_transport(sent, call.fault, first=first)
            case Fault.THROTTLED | Fault.CONFLICT | Fault.PARTIAL if first or call.fault is Fault.THROTTLED:
                return _refuse(sent, call.fault)
            case Fault.KILLED_AFTER | Fault.DELAYED:
                self._send_and_die(sent, call.fault, invocation)
            case Fault.SLOW if first:
                self.simulation.clock.forward(seconds=SLOW_SECONDS)
            case Fault.GONE:
                self.simulation.sockets.close(_connection_id(sent))
            case Fault.HALF_OPEN:
                self.simulation.sockets.make_half_open(_connection_id(sent))
        return self._perform(sent)

    def _fail_transport(self, sent: Request, fault: Fault, *, first: bool) -> AWSResponse:
        """Execute what reaches the service, and raise what the client notices."""
        if fault in (Fault.RESPONSE_LOST, Fault.EXECUTED_TWICE) and first:
            self._perform(sent)
            self.simulation.clock.forward(seconds=READ_TIMEOUT_SECONDS)
            raise ReadTimeoutError(endpoint_url=sent.raw.url)
        if fault in (Fault.REQUEST_LOST, Fault.RESPONSE_LOST) or first:
            self.simulation.clock.forward(seconds=CONNECT_TIMEOUT_SECONDS)
            raise ConnectTimeoutError(endpoint_url=sent.raw.url)
        return self._perform(sent)

    def _send_and_die(self, sent: Request, fault: Fault, invocation: Invocation) -> NoReturn:
        """Execute the request of a killed invocation, now or when everything else has ended."""
        if fault is Fault.DELAYED:
            self.simulation.run_later(lambda: self._perform(sent))
        else:
            self._perform(sent)
        invocation.died = True
        raise Killed

    def _perform(self, sent: Request) -> AWSResponse:
        perform: Callable[[Request], AWSResponse] = {
            "dynamodb": self._dynamodb,
            "sqs": self._sqs,
            "sockets": self._sockets,
            "s3": self._s3,
            "sesv2": self._sesv2,
            "sns": self._sns,
            "scheduler": self._scheduler,
        }[sent.operation.service]
        return perform(sent)

    def _dynamodb(self, sent: Request) -> AWSResponse:
        body = sent.body
        if "limits" in str(body.get("TableName", "")).lower() and "tries#" not in str(body.get("Key")):
            # Rate limits are tested elsewhere; on moto they would take half of the time.
            at = body.get("ExpressionAttributeValues", {}).get(":at", {"N": "0"})
            return sent.build_response(200, {"Attributes": {"times": {"L": [at]}}})
        token = body.get("ClientRequestToken")
        if token in self.tokens:
            return sent.build_response(200)
        response = _run_on_moto(sent, body)
        if response.status_code == 200:
            if token is not None:
                self.tokens.add(token)
            self.simulation.record_write(sent.operation.name, body)
        return response

    @staticmethod
    def _s3(sent: Request) -> AWSResponse:
        response: AWSResponse | None = botocore_stubber(sent.event_name, sent.raw)
        assert response is not None
        return response

    def _sesv2(self, sent: Request) -> AWSResponse:
        subject = read_subject(sent.body)
        self.simulation.mails.append(subject)
        self.simulation.history.record("effect", kind="mail", key=subject)
        return sent.build_response(200, {"MessageId": sent.key})

    def _sns(self, sent: Request) -> AWSResponse:
        text = read_text(cast("str | bytes", sent.raw.body))
        self.simulation.texts.append(text)
        self.simulation.history.record("effect", kind="text message", key=text)
        result = f"<PublishResult><MessageId>{sent.key}</MessageId></PublishResult>"
        return _build_xml_response(sent, 200, f"<PublishResponse>{result}</PublishResponse>")

    def _scheduler(self, sent: Request) -> AWSResponse:
        name = unquote(urlsplit(sent.raw.url).path.rpartition("/")[2])
        if name in self.simulation.schedules:
            return sent.build_response(409, kind="ConflictException")
        self.simulation.create_schedule(name, sent.body)
        return sent.build_response(200, {"ScheduleArn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/group/{name}"})

    def _sqs(self, sent: Request) -> AWSResponse:
        body, now = sent.body, self.simulation.clock()
        queue = self.simulation.get_queue(body["QueueUrl"])
        match sent.operation.name:
            case "SendMessage":
                message_id = queue.send(
                    body["MessageBody"],
                    now,
                    group=body.get("MessageGroupId"),
                    deduplication_id=body.get("MessageDeduplicationId"),
                    delay=body.get("DelaySeconds"),
                )
                return sent.build_response(200, {"MessageId": message_id})
            case "ChangeMessageVisibility":
                if queue.change_visibility(body["ReceiptHandle"], int(body["VisibilityTimeout"]), now):
                    return sent.build_response(200)
                return sent.build_response(400, kind="MessageNotInflight")
            case _:
                raise NotImplementedError(sent.operation)

    def _sockets(self, sent: Request) -> AWSResponse:
        connection_id = _connection_id(sent)
        sockets = self.simulation.sockets
        if not sockets.accepts(connection_id):
            return sent.build_response(410, kind="GoneException")
        if sent.raw.method == "DELETE":
            sockets.close(connection_id)
            return sent.build_response(204)
        if sockets.connections[connection_id].busy:
            return _refuse(sent, Fault.THROTTLED)
        if len(cast("bytes", sent.raw.body)) > MAX_FRAME_BYTES:
            return sent.build_response(413, kind="PayloadTooLargeException")
        sockets.deliver(connection_id, sent.body)
        return sent.build_response(200)


def execute_on_moto(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
    """Execute a request of the harness, which is no part of the run."""
    sent = Request.parse(request, event_name)
    return _run_on_moto(sent, sent.body)


def _run_on_moto(sent: Request, body: Body) -> AWSResponse:
    """Execute a request on moto directly; its dispatching would take half of the time."""
    handler = DynamoHandler()
    handler.current_account, handler.region, handler.body = ACCOUNT, REGION, body
    try:
        result = getattr(handler, camelcase_to_underscores(sent.operation.name))()
    except JsonRESTError as error:
        return AWSResponse(
            sent.raw.url, error.code, cast("Any", dict(error.get_headers())), _RawBody(error.description.encode())
        )
    except (ServiceException, HTTPException):
        # Nothing was written; the complete request builds the error response.
        response: AWSResponse | None = botocore_stubber(sent.event_name, sent.raw)
        assert response is not None
        return response
    return sent.build_response(200, result.result)


def _connection_id(sent: Request) -> str:
    return unquote(urlsplit(sent.raw.url).path.rpartition("/")[2])


def _refuse(sent: Request, fault: Fault) -> AWSResponse:
    """Build a response that says nothing was executed."""
    match fault, sent.operation.name:
        case Fault.CONFLICT, _:
            reasons = [{"Code": "None"} for _ in sent.body["TransactItems"]]
            reasons[0] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
            return sent.build_response(400, {"CancellationReasons": reasons}, kind="TransactionCanceledException")
        case Fault.PARTIAL, "BatchGetItem":
            return sent.build_response(200, {"Responses": {}, "UnprocessedKeys": sent.body["RequestItems"]})
        case Fault.PARTIAL, _:
            return sent.build_response(200, {"UnprocessedItems": sent.body["RequestItems"]})
    if sent.operation.service in _BUSY_XML:
        return _build_xml_response(sent, *_BUSY_XML[sent.operation.service])
    status, kind = _BUSY[sent.operation.service]
    return sent.build_response(status, kind=kind)


def _build_xml_response(sent: Request, status: int, body: str) -> AWSResponse:
    headers = cast("Any", {"content-type": "application/xml"})
    return AWSResponse(sent.raw.url, status, headers, _RawBody(body.encode()))
