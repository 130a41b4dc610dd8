"""Clients of AWS whose requests go to the simulated network: validated, serialized, retried and parsed by botocore.

They are not signed, have no endpoint to be found, and are not built as HTTP requests: that took most of the time of a
call. Those of S3 and SNS, which have no JSON, are.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.session import get_session
from moto.core.models import botocore_stubber

from tests.aws import REGION

type Network = Callable[..., AWSResponse]
"""What a client calls instead of sending a request, with its arguments ``request`` and ``event_name``."""

_WITHOUT_JSON = ("s3", "sns")
_ADD_FIELDS_OF_ERROR = "_add_modeled_error_fields"
"""A method of botocore's ``Endpoint`` that its types do not have."""

_PLAIN = Config(signature_version=UNSIGNED, user_agent="simulation")


class ClientFactory:
    """Replaces boto3's default session: creates one client of each service, whose requests go to a network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._session = get_session()
        self._session.set_credentials("local", "local")
        self._made: dict[str, Any] = {}

    def client(self, service: str, *, config: Config, endpoint_url: str | None = None) -> Any:  # noqa: ANN401 - any client
        """Return the client of a service."""
        if service not in self._made:
            plain = service not in _WITHOUT_JSON
            create: Any = self._session.create_client
            settings = config.merge(_PLAIN) if plain else config
            client = create(service, config=settings, endpoint_url=endpoint_url, region_name=REGION)
            client.meta.events.unregister("before-send", botocore_stubber)
            client.meta.events.register_first(f"before-send.{service}.*", self._network)
            if plain:
                _make_plain(client, self._network)
            self._made[service] = client
        return self._made[service]


def _make_plain(client: Any, network: Network) -> None:  # noqa: ANN401 - any client
    """Let a client of a service with JSON call the network at once. botocore has no public way."""
    client._endpoint = _PlainEndpoint(client._endpoint, network)  # noqa: SLF001 - as above
    url = client.meta.endpoint_url
    client._resolve_endpoint_ruleset = lambda *_, **__: (url, {}, {})  # noqa: SLF001 - as above


class _PlainEndpoint(Endpoint):
    """An endpoint of a service with JSON: the superclass tries again, and asks this class for each try."""

    def __init__(self, replaced: Any, network: Network) -> None:  # noqa: ANN401 - botocore's
        vars(self).update(vars(replaced))
        self._network = network

    def create_request(self, params: Mapping[str, Any], operation_model: Any = None) -> AWSPreparedRequest:  # noqa: ANN401, ARG002 - botocore's
        headers = params["headers"] | {"amz-sdk-invocation-id": params["context"]["retries"]["invocation-id"]}
        return AWSPreparedRequest(params["method"], params["url"], headers, params["body"], stream_output=False)

    def _get_response(self, request: AWSPreparedRequest, operation: Any, _: object) -> tuple[Any, Exception | None]:  # noqa: ANN401 - botocore's
        service = operation.service_model
        try:
            name = f"before-send.{service.service_id.hyphenize()}.{operation.name}"
            response = self._network(request=request, event_name=name)
        except Exception as error:  # noqa: BLE001 - the superclass decides what is tried again
            return None, error
        answer = {
            "headers": response.headers,
            "status_code": response.status_code,
            "body": response.content,
            "context": {"operation_name": operation.name},
        }
        parser = vars(self)["_response_parser_factory"].create_parser(service.resolved_protocol)
        parsed = parser.parse(answer, operation.output_shape)
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            add_fields: Callable[..., None] = getattr(self, _ADD_FIELDS_OF_ERROR)
            add_fields(answer, parsed, operation, parser)
        return (response, parsed), None
