"""What the front door is told by the stack it belongs to."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class Cognito(BaseModel):
    """The user pool of the stack."""

    user_pool_id: str
    client_id: str


class User(BaseModel):
    """A demo user."""

    username: str
    password: str


class GatewayResponse(BaseModel):
    """What the REST API's gateway answers by itself, as the template has it."""

    status: Annotated[int, Field(alias="StatusCode")]
    templates: Annotated[dict[str, str], Field(alias="ResponseTemplates")]
    parameters: Annotated[dict[str, dict[str, str]], Field(alias="ResponseParameters")] = {}

    @property
    def body(self) -> str:
        """The body, the same whatever the client accepts."""
        return self.templates["application/json"]

    @property
    def headers(self) -> dict[str, str]:
        """The headers; the template writes their values as quoted constants."""
        headers = self.parameters.get("Headers", {})
        return {name: value.strip("'") for name, value in headers.items()}


class Told(BaseModel):
    """The front door's settings."""

    model_config = ConfigDict(frozen=True)

    port: int
    web: Path
    aws_endpoint: str
    rest_api: str
    socket_api: str
    plan_keys: dict[str, str]
    cognito: Cognito
    users: dict[str, User]
    gateway_responses: dict[str, GatewayResponse]
    idle_seconds: float = 600
    max_seconds: float = 7200

    @classmethod
    def read(cls, file: Path) -> "Told":
        """Read what the stack has written."""
        return cls.model_validate_json(file.read_bytes())

    def model_post_init(self, _context: Any, /) -> None:  # noqa: ANN401 - pydantic's signature
        """Make sure of the one answer every gateway needs."""
        self.gateway_responses.setdefault("DEFAULT_5XX", _LAST_RESORT)


_LAST_RESORT = GatewayResponse.model_validate(
    {"StatusCode": 500, "ResponseTemplates": {"application/json": '{"message":"Internal server error"}'}}
)
