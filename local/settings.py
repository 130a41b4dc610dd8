"""Where a stack lives and which ports it takes, read from the environment once."""

import platform
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalStackError

REGION = "us-east-1"
STACK_NAME = "conversations"
ALLOWED_ORIGINS = ("http://localhost:3000", "http://localhost:5173")
"""Where pages in development usually come from."""
ROOT = Path(__file__).resolve().parent.parent

_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_LOOPBACK = "127.0.0.1"
_PORT, _AWS_PORT = 8080, 4566
# API Gateway's: a socket without a message, and any socket.
_IDLE_SECONDS, _MAX_SECONDS = 600.0, 7200.0
# The contract's: so many anonymous sockets from one address a minute, and here all come from one.
_ANONYMOUS_CONNECTS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """One local stack: all its state is below ``directory``, so two of them share nothing but the build."""

    directory: Path
    port: int = _PORT
    aws_port: int = _AWS_PORT
    ws_idle_seconds: float = _IDLE_SECONDS
    ws_max_seconds: float = _MAX_SECONDS
    anonymous_connects: int = _ANONYMOUS_CONNECTS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read ``LOCAL_DIR``, ``PORT``, ``AWS_PORT``, ``WS_IDLE_SECONDS``, ``WS_MAX_SECONDS``, ``ANONYMOUS_CONNECTS``.

        Raises
        ------
        LocalStackError
            If one of them is not a number in its range.
        """
        return cls(
            directory=ROOT / (environment.get("LOCAL_DIR") or ".local"),
            port=_port(environment, "PORT", _PORT),
            aws_port=_port(environment, "AWS_PORT", _AWS_PORT),
            ws_idle_seconds=_seconds(environment, "WS_IDLE_SECONDS", _IDLE_SECONDS),
            ws_max_seconds=_seconds(environment, "WS_MAX_SECONDS", _MAX_SECONDS),
            anonymous_connects=_number(environment, "ANONYMOUS_CONNECTS", _ANONYMOUS_CONNECTS),
        )

    @property
    def base_url(self) -> str:
        """The one origin people and pages use."""
        return f"http://localhost:{self.port}"

    @property
    def front_door_url(self) -> str:
        """The same origin by address, for programs that must not guess between IPv4 and IPv6."""
        return f"http://{_LOOPBACK}:{self.port}"

    @property
    def aws_endpoint(self) -> str:
        """The local AWS."""
        return f"http://{_LOOPBACK}:{self.aws_port}"

    @property
    def logs(self) -> Path:
        """What the processes of the stack say."""
        return self.directory / "logs"

    @property
    def stack_file(self) -> Path:
        """What tools and tests read."""
        return self.directory / "stack.json"

    @property
    def front_door_file(self) -> Path:
        """What the front door reads."""
        return self.directory / "front-door.json"

    def shown(self, path: Path) -> str:
        """Return a path as a person in the project's folder would type it."""
        return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def architecture() -> str:
    """Return this machine's processor by the name Lambda gives it.

    Raises
    ------
    LocalStackError
        If Lambda has no such processor.
    """
    machine = platform.machine().lower()
    try:
        return _ARCHITECTURES[machine]
    except KeyError:
        raise LocalStackError(
            f"The functions cannot be built for a {machine} processor, only for x86_64 and arm64."
        ) from None


def tool(environment: str, program: str) -> str:
    """Return a program of one of the project's own virtual environments."""
    return str(ROOT / environment / Path(sysconfig.get_path("scripts")).name / program)


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not (value.isascii() and value.isdecimal()) or not 0 < int(value) < 65536:  # noqa: PLR2004
        raise LocalStackError(f"{name}={value} is no port; it takes a number from 1 to 65535.")
    return int(value)


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isdecimal() or not 0 < int(value) <= 1000:  # noqa: PLR2004 - the template's own bound
        raise LocalStackError(f"{name}={value} is out of range; it takes a number from 1 to 1000.")
    return int(value)


def _seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    value = environment.get(name) or str(default)
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise LocalStackError(f"{name}={value} is no time; it takes a number of seconds above zero.")
    return seconds
