"""Settings of a local stack, read from the environment: its folder, ports and timeouts."""

import platform
import re
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalStackError

REGION = "us-east-1"
STACK_NAME = "conversations"
_LOOPBACK = "127.0.0.1"
# The ports of the development servers of Create React App and Next.js, Angular, Vite, and Vue CLI and Expo.
_DEVELOPMENT_PORTS = (3000, 4200, 5173, 8081)
ALLOWED_ORIGINS = tuple(f"http://{host}:{port}" for port in _DEVELOPMENT_PORTS for host in ("localhost", _LOOPBACK))
"""The usual origins of front ends in development."""
VISITOR_BOTS = ("enrolment", "frontdesk", "helpdesk", "helper", "orders", "shop")
"""The public examples in ``bots/``, beside the default bot."""
MAIL_FROM = "bots@conversations.example"
"""The sender of mails on the local stack, where they go to a mailbox page."""
SMS_FROM = "BOTS"
"""The sender of text messages on the local stack, which go to the same page."""
ROOT = Path(__file__).resolve().parent.parent

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_PORT, _AWS_PORT = 8080, 4566
MODEL_PORT = 8090
"""The port of the small language model, which the package of its bot contains."""

# API Gateway's quotas: the idle timeout and the maximum duration of a WebSocket connection.
_IDLE_SECONDS, _MAX_SECONDS = 600.0, 7200.0
# An origin as browsers send it: without a path, in lower case.
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
# The contract's limit of anonymous connections per address and minute; locally all have the same address.
_ANONYMOUS_CONNECTS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one local stack. All its state is in ``directory``; two stacks share only the build, and the model.

    Without ``model_port`` the small language model is not started, even if it is installed.
    """

    directory: Path
    port: int = _PORT
    aws_port: int = _AWS_PORT
    ws_idle_seconds: float = _IDLE_SECONDS
    ws_max_seconds: float = _MAX_SECONDS
    anonymous_connects: int = _ANONYMOUS_CONNECTS
    model_port: int | None = MODEL_PORT
    allowed_origins: tuple[str, ...] = ALLOWED_ORIGINS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the environment: ``LOCAL_DIR``, the ports, the timeouts, ``ANONYMOUS_CONNECTS`` and ``ALLOWED_ORIGINS``.

        Raises
        ------
        LocalStackError
            If one of them is invalid.
        """
        return cls(
            directory=ROOT / (environment.get("LOCAL_DIR") or ".local"),
            port=_parse_port(environment, "PORT", _PORT),
            aws_port=_parse_port(environment, "AWS_PORT", _AWS_PORT),
            ws_idle_seconds=_parse_seconds(environment, "WS_IDLE_SECONDS", _IDLE_SECONDS),
            ws_max_seconds=_parse_seconds(environment, "WS_MAX_SECONDS", _MAX_SECONDS),
            anonymous_connects=_parse_number(environment, "ANONYMOUS_CONNECTS", _ANONYMOUS_CONNECTS),
            model_port=_parse_port(environment, "MODEL_PORT", MODEL_PORT),
            allowed_origins=_parse_origins(environment),
        )

    @property
    def base_url(self) -> str:
        """The origin for browsers and users."""
        return f"http://localhost:{self.port}"

    @property
    def front_door_url(self) -> str:
        """The same origin as an IPv4 address, for programs."""
        return f"http://{_LOOPBACK}:{self.port}"

    @property
    def aws_endpoint(self) -> str:
        """The URL of the emulator."""
        return f"http://{_LOOPBACK}:{self.aws_port}"

    @property
    def logs(self) -> Path:
        """The folder of the log files."""
        return self.directory / "logs"

    @property
    def stack_file(self) -> Path:
        """The description of the stack for tools and tests."""
        return self.directory / "stack.json"

    @property
    def front_door_file(self) -> Path:
        """The configuration of the front door."""
        return self.directory / "front-door.json"

    def display_path(self, path: Path) -> str:
        """Return a path relative to the project folder if it is inside."""
        return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def find_stack_file(environment: Mapping[str, str]) -> Path:
    """Return the description of a stack: the file that ``STACK_JSON`` names, or that of the stack in ``LOCAL_DIR``.

    Raises
    ------
    LocalStackError
        If a setting of the local stack is invalid.
    """
    if named := environment.get("STACK_JSON"):
        return Path(named)
    return Settings.from_environment(environment).stack_file


def get_architecture() -> str:
    """Return the Lambda name of this machine's processor.

    Raises
    ------
    LocalStackError
        If Lambda does not support the processor.
    """
    machine = platform.machine().lower()
    try:
        return _ARCHITECTURES[machine]
    except KeyError:
        raise LocalStackError(f"Unsupported processor: {machine}. Lambda supports x86_64 and arm64.") from None


def get_tool_path(environment: str, program: str) -> str:
    """Return the path of a program in one of the project's virtual environments."""
    return str(ROOT / environment / Path(sysconfig.get_path("scripts")).name / program)


def _parse_port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not (value.isascii() and value.isdecimal()) or not 0 < int(value) < 65536:  # noqa: PLR2004
        raise LocalStackError(f"{name}={value}: not a port; expected a number from 1 to 65535.")
    return int(value)


def _parse_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    value = environment.get("ALLOWED_ORIGINS") or ",".join(ALLOWED_ORIGINS)
    origins = tuple(origin.strip() for origin in value.split(","))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise LocalStackError(
                f"ALLOWED_ORIGINS={value}: {origin or 'an empty one'} is not an origin; expected, for example,"
                " http://localhost:9000,http://127.0.0.1:9000."
            )
    return origins


def _parse_number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) <= 1000:  # noqa: PLR2004 - the template's own bound
        raise LocalStackError(f"{name}={value}: expected a number from 1 to 1000.")
    return int(value)


def _parse_seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    value = environment.get(name) or str(default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise LocalStackError(f"{name}={value}: expected a number of seconds greater than zero.")
    return seconds
