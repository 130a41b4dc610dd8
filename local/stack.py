"""A local stack's life: up, down, and what it says of itself."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local import front_door_process, ministack
from local.aws import Deployment, deployment, fingerprint, remember
from local.build import build, is_built
from local.commands import local_environment, run
from local.deploy import deploy, parameters
from local.errors import LocalStackError
from local.fingerprint import digest
from local.mend import mend
from local.processes import Daemon, port_is_free
from local.settings import REGION, ROOT, Settings, architecture
from local.users import ensure_users
from local.warm import visitor, warm, warm_behind

Say = Callable[[str], None]

_PATIENCE = 60
_UNFINISHED = "unfinished"
_BOTS = ROOT / "bots"


def up(settings: Settings, say: Say) -> dict[str, Any]:
    """Start whatever is not running, build and deploy whatever has changed, and return what ``stack.json`` says.

    Raises
    ------
    LocalStackError
        If it cannot be done; then nothing that this call started is left running.
    """
    with _all_or_nothing(settings):
        _need_ports(settings)
        _start_aws(settings, say)
        current = deployed_as_is(settings)
        deployed = current or _deploy(settings, say)
        description = _describe(settings, deployed)
        _start_front_door(settings, description, deployed)
        _wake(settings, say, wait=current is None)
        description["pids"] = {
            "aws": ministack.daemon(settings).pid(),
            "front_door": front_door_process.daemon(settings).pid(),
        }
        _write(settings.stack_file, description)
    return description


def down(settings: Settings) -> bool:
    """Stop the stack, keep its state, and tell whether anything ran."""
    visitor(settings).stop()
    running = [daemon for daemon in daemons(settings) if daemon.running()]
    for daemon in running:
        daemon.stop()
    return bool(running)


def is_up(settings: Settings) -> bool:
    """Tell whether the whole stack runs."""
    return all(daemon.running() for daemon in daemons(settings))


def daemons(settings: Settings) -> list[Daemon]:
    """Return the processes in the order they are stopped: sockets are closed while their functions can hear of it."""
    return [front_door_process.daemon(settings), ministack.daemon(settings)]


def deployed_as_is(settings: Settings) -> Deployment | None:
    """Return what is deployed if that is what the project's files say."""
    deployed = deployment(settings)
    if deployed is None or fingerprint(settings, deployed) != _sources(settings):
        return None
    return deployed


@contextmanager
def _all_or_nothing(settings: Settings) -> Iterator[None]:
    before = {daemon.name for daemon in daemons(settings) if daemon.running()}
    try:
        yield
    except BaseException:
        for daemon in daemons(settings):
            if daemon.name not in before:
                daemon.stop()
        raise


def _start_aws(settings: Settings, say: Say) -> None:
    daemon = ministack.daemon(settings)
    if daemon.running():
        return
    _same_port_as_before(settings)
    say(f"starting a local AWS on port {settings.aws_port}")
    (settings.directory / "aws/port").unlink(missing_ok=True)
    daemon.start(ministack.command(), ministack.environment(settings), ROOT)
    (settings.directory / "aws/port").write_text(str(settings.aws_port))
    _wait(daemon, lambda: ministack.ready(settings), settings)


def _same_port_as_before(settings: Settings) -> None:
    """Refuse another port for a state that has the old one in the addresses of its queues."""
    file = settings.directory / "aws/port"
    before = file.read_text() if file.exists() else str(settings.aws_port)
    if before != str(settings.aws_port):
        raise LocalStackError(
            f"The conversations in {settings.shown(settings.directory)} belong to a local AWS on port {before}: "
            f"start with AWS_PORT={before}, with another LOCAL_DIR, or after `make clean`."
        )


def _need_ports(settings: Settings) -> None:
    wanted = (
        (front_door_process.daemon(settings), settings.port, "PORT"),
        (ministack.daemon(settings), settings.aws_port, "AWS_PORT"),
    )
    for daemon, port, variable in wanted:
        if not daemon.running() and not port_is_free(port):
            raise LocalStackError(
                f"Port {port} is taken by another program: stop it, or choose another port with {variable}=…"
            )


def _wait(daemon: Daemon, ready: Callable[[], bool], settings: Settings) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not ready():
        if not daemon.running() or time.monotonic() > deadline:
            raise LocalStackError(f"The {daemon.name} did not start. What it said is in {settings.shown(daemon.log)}.")
        time.sleep(0.1)


def _deploy(settings: Settings, say: Say) -> Deployment:
    before, sources = deployment(settings), _sources(settings)
    if before is not None:
        remember(settings, before, _UNFINISHED)
    built = _build(say)
    say("deploying template.yaml")
    deployed = deploy(settings, built)
    mend(settings, deployed)
    _publish_bots(settings, deployed, say)
    remember(settings, deployed, sources)
    return deployed


def _build(say: Say) -> Path:
    processor = architecture()
    if not is_built(processor):
        say("building the functions (the first time takes about half a minute)")
    return build(processor)


def _publish_bots(settings: Settings, deployed: Deployment, say: Say) -> None:
    say("publishing the bots")
    places = ["--table", deployed.outputs["BotsTableName"], "--bucket", deployed.outputs["BotsBucketName"]]
    options = [*places, "--endpoint-url", settings.aws_endpoint]
    run(
        [sys.executable, "-m", "tools.bots", "publish", *options, *map(str, sorted(_BOTS.glob("*.gbai")))],
        log=settings.logs / "bots.log",
        environment=local_environment(),
        failure="The bots could not be published.",
    )


def _start_front_door(settings: Settings, description: dict[str, Any], deployed: Deployment) -> None:
    daemon = front_door_process.daemon(settings)
    changed = front_door_process.configure(settings, description, deployed)
    if daemon.running() and not changed:
        return
    daemon.stop()
    daemon.start(front_door_process.command(settings), front_door_process.environment(), ROOT)
    _wait(daemon, lambda: front_door_process.ready(settings), settings)


def _wake(settings: Settings, say: Say, *, wait: bool) -> None:
    if not wait:
        warm_behind(settings)
        return
    say("waking the functions")
    if not warm(settings.front_door_url):
        say(f"they do not answer; see {settings.shown(settings.logs / 'functions.log')}")


def _describe(settings: Settings, deployed: Deployment) -> dict[str, Any]:
    socket_url = settings.base_url.replace("http", "ws", 1)
    return {
        "base_url": settings.base_url,
        "api_url": f"{settings.base_url}/api",
        "ws_url": f"{socket_url}/ws",
        "aws_endpoint": settings.aws_endpoint,
        "region": REGION,
        "cognito": {
            "user_pool_id": deployed.outputs["UserPoolId"],
            "client_id": deployed.outputs["UserPoolClientId"],
        },
        "users": ensure_users(settings, deployed),
        "outputs": deployed.outputs,
    }


def _sources(settings: Settings) -> str:
    """Return a digest of all that a deployment is made from."""
    sources = [ROOT / name for name in ("template.yaml", "samconfig.toml", "functions", "layers", "bots", "tools")]
    ours = [ROOT / "requirements/ministack.txt", *Path(__file__).parent.glob("*.py")]
    return digest([*sources, *ours], json.dumps(parameters(settings)))


def _write(file: Path, description: dict[str, Any]) -> None:
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(description, indent=2) + "\n")
    new.replace(file)
