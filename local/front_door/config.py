"""Configuration of the front door, which the stack writes."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from local.front_door.preflight import Preflight


class Cognito(BaseModel):
    """The user pool of the stack."""

    user_pool_id: str
    client_id: str


class User(BaseModel):
    """A demo user."""

    username: str
    password: str


class GatewayResponse(BaseModel):
    """A gateway response of the REST API, as in the template."""

    status: Annotated[int, Field(alias="StatusCode")]
    templates: Annotated[dict[str, str], Field(alias="ResponseTemplates")]
    parameters: Annotated[dict[str, dict[str, str]], Field(alias="ResponseParameters")] = {}

    @property
    def body(self) -> str:
        """The body, independent of the Accept header."""
        return self.templates["application/json"]

    @property
    def headers(self) -> dict[str, str]:
        """The headers without the quotes that their values have in the template."""
        headers = self.parameters.get("Headers", {})
        return {name: value.strip("'") for name, value in headers.items()}


class FrontDoorConfig(BaseModel):
    """Configuration of the front door."""

    model_config = ConfigDict(frozen=True)

    port: int
    web: Path
    aws_endpoint: str
    rest_api: str
    socket_api: str
    drive_bucket: str
    received_mails_queue: str
    plan_keys: dict[str, str]
    cognito: Cognito
    users: dict[str, User]
    gateway_responses: dict[str, GatewayResponse]
    preflight: Preflight
    idle_seconds: float = 600
    max_seconds: float = 7200

    @classmethod
    def load(cls, file: Path) -> "FrontDoorConfig":
        """Load the configuration from a file."""
        return cls.model_validate_json(file.read_bytes())

    def model_post_init(self, _context: Any, /) -> None:  # noqa: ANN401 - pydantic's signature
        """Add the fallback for DEFAULT_5XX if the template has none."""
        self.gateway_responses.setdefault("DEFAULT_5XX", _DEFAULT_5XX)


_DEFAULT_5XX = GatewayResponse.model_validate(
    {"StatusCode": 500, "ResponseTemplates": {"application/json": '{"message":"Internal server error"}'}}
)
