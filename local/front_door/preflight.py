"""Answers CORS preflight requests as API Gateway does: with the template's MOCK integration.

MiniStack imports neither the responses of an integration nor their mapping templates.
"""

from collections.abc import Mapping
from http import HTTPStatus

import airspeed  # type: ignore[import-untyped] # it has no types
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response


class Preflight(BaseModel):
    """The mapping template of the preflight responses, in Velocity, and the stage variable that it reads."""

    model_config = ConfigDict(frozen=True)

    template: str
    allowed_origins: str

    @property
    def origins(self) -> set[str]:
        """The origins whose pages may use the API."""
        return set(self.allowed_origins.split(",")) - {"none"}

    def answer(self, headers: Mapping[str, str]) -> Response:
        """Return the response to a preflight request with these headers."""
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=self.render(headers))

    def render(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that the mapping template sets (``$context.responseOverride.header``)."""
        overrides: dict[str, str] = {}
        names = {
            "input": _Input(headers),
            "stageVariables": {"allowedOrigins": self.allowed_origins},
            "context": {"responseOverride": {"header": overrides}},
        }
        airspeed.Template(self.template).merge(names)
        return {name: str(value) for name, value in overrides.items()}


class _Input:
    """``$input`` (API Gateway, "Mapping template variable reference")."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def params(self) -> dict[str, dict[str, str]]:
        """Return the parameters of the request."""
        return {"header": dict(self._headers), "path": {}, "querystring": {}}
