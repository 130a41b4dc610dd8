"""Starts and stops a local stack, and writes its description."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local import front_door_process, ministack, model_server
from local.aws import Deployment, get_deployment, get_fingerprint, store_fingerprint
from local.build import build, is_built
from local.commands import build_local_environment, run
from local.deploy import build_parameters, deploy
from local.emulator_fixups import apply_fixups
from local.errors import LocalStackError
from local.fingerprint import compute_digest
from local.processes import Daemon, is_port_free
from local.settings import REGION, ROOT, Settings, get_architecture
from local.users import ensure_users
from local.warmup import WARMUP_TIMEOUT, get_warmup_process, warm_up, warm_up_in_background

type ReportProgress = Callable[[str], None]

_START_TIMEOUT = 60
_UNFINISHED = "unfinished"
_BOTS = ROOT / "bots"


def up(settings: Settings, report_progress: ReportProgress) -> dict[str, Any]:
    """Start the stack, deploy the sources if they have changed, and return the content of ``stack.json``.

    Raises
    ------
    LocalStackError
        If the stack cannot be started. The processes that this call has started are stopped.
    """
    with _stop_on_failure(settings):
        _require_free_ports(settings)
        _start_front_door_early(settings)
        model_server.start(settings, report_progress)
        _start_aws(settings, report_progress)
        current = get_current_deployment(settings)
        deployment = current or _deploy(settings, report_progress)
        description = _describe(settings, deployment)
        _start_front_door(settings, description, deployment)
        _warm_up(settings, report_progress, wait=current is None)
        description["pids"] = {
            "aws": ministack.get_daemon(settings).read_pid(),
            "front_door": front_door_process.get_daemon(settings).read_pid(),
        }
        _write(settings.stack_file, description)
    return description


def down(settings: Settings) -> bool:
    """Stop the stack and save its state. Return False if it did not run."""
    get_warmup_process(settings).stop()
    running = [daemon for daemon in list_all_daemons(settings) if daemon.is_running()]
    for daemon in running:
        daemon.stop()
    ministack.remove_temporary_files(settings)
    return bool(running)


def is_up(settings: Settings) -> bool:
    """Return whether all processes that the stack needs run."""
    return all(daemon.is_running() for daemon in list_daemons(settings))


def list_daemons(settings: Settings) -> list[Daemon]:
    """Return the processes that the stack needs, in the order they are stopped.

    Closing sockets first lets the disconnect functions run.
    """
    return [front_door_process.get_daemon(settings), ministack.get_daemon(settings)]


def list_all_daemons(settings: Settings) -> list[Daemon]:
    """Return all processes, also the small language model, which not every stack has."""
    return [*list_daemons(settings), model_server.get_daemon(settings)]


def get_current_deployment(settings: Settings) -> Deployment | None:
    """Return the deployment. Return None if there is none or the sources have changed since."""
    deployment = get_deployment(settings)
    if deployment is None or get_fingerprint(settings, deployment) != _compute_fingerprint(settings):
        return None
    return deployment


@contextmanager
def _stop_on_failure(settings: Settings) -> Iterator[None]:
    """Stop the processes that were started in the block if it fails."""
    running_before = {daemon.name for daemon in list_all_daemons(settings) if daemon.is_running()}
    try:
        yield
    except BaseException:
        for daemon in list_all_daemons(settings):
            if daemon.name not in running_before:
                daemon.stop()
        raise


def _start_aws(settings: Settings, report_progress: ReportProgress) -> None:
    daemon = ministack.get_daemon(settings)
    if daemon.is_running():
        return
    _require_same_aws_port(settings)
    report_progress(f"starting the AWS emulator on port {settings.aws_port}")
    (settings.directory / "aws/port").unlink(missing_ok=True)
    daemon.start(ministack.build_command(), ministack.build_environment(settings), ROOT)
    (settings.directory / "aws/port").write_text(str(settings.aws_port))
    _wait_until_ready(daemon, lambda: ministack.is_ready(settings), settings)


def _require_same_aws_port(settings: Settings) -> None:
    """Refuse another port for stored state: the URLs of its queues contain the old one."""
    file = settings.directory / "aws/port"
    stored_port = file.read_text() if file.exists() else str(settings.aws_port)
    if stored_port != str(settings.aws_port):
        raise LocalStackError(
            f"The data in {settings.display_path(settings.directory)} was created with AWS_PORT={stored_port}. "
            f"Start with AWS_PORT={stored_port}, set another LOCAL_DIR, or delete the data with `make clean`."
        )


def _require_free_ports(settings: Settings) -> None:
    required = (
        (front_door_process.get_daemon(settings), settings.port, "PORT"),
        (ministack.get_daemon(settings), settings.aws_port, "AWS_PORT"),
    )
    for daemon, port, variable in required:
        if not daemon.is_running() and not is_port_free(port):
            raise LocalStackError(
                f"Port {port} is in use by another program. Stop it, or set {variable} to another port."
            )


def _wait_until_ready(daemon: Daemon, is_ready: Callable[[], bool], settings: Settings) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not is_ready():
        if not daemon.is_running() or time.monotonic() > deadline:
            raise LocalStackError(f"The {daemon.name} did not start; see {settings.display_path(daemon.log)}.")
        time.sleep(0.1)


def _deploy(settings: Settings, report_progress: ReportProgress) -> Deployment:
    previous, fingerprint = get_deployment(settings), _compute_fingerprint(settings)
    if previous is not None:
        store_fingerprint(settings, previous, _UNFINISHED)
    build_folder = _build(report_progress)
    report_progress("deploying template.yaml")
    deployment = deploy(settings, build_folder)
    apply_fixups(settings, deployment)
    _publish_bots(settings, deployment, report_progress)
    store_fingerprint(settings, deployment, fingerprint)
    return deployment


def _build(report_progress: ReportProgress) -> Path:
    processor = get_architecture()
    if not is_built(processor):
        report_progress("building the functions (the first time takes about half a minute)")
    return build(processor)


def _publish_bots(settings: Settings, deployment: Deployment, report_progress: ReportProgress) -> None:
    report_progress("publishing the bots")
    target = ["--table", deployment.outputs["BotsTableName"], "--bucket", deployment.outputs["BotsBucketName"]]
    options = [*target, "--schedules", deployment.outputs["Schedules"], "--endpoint-url", settings.aws_endpoint]
    packages = [*sorted(_BOTS.glob("*.gbai")), model_server.write_package(settings)]
    run(
        [sys.executable, "-m", "tools.bots", "publish", *options, *map(str, packages)],
        log=settings.logs / "bots.log",
        environment=build_local_environment(),
        failure="Publishing the bots failed.",
    )


def _start_front_door_early(settings: Settings) -> None:
    """Start the front door with its last configuration, so that it loads while the emulator does."""
    daemon = front_door_process.get_daemon(settings)
    if settings.front_door_file.exists() and not daemon.is_running():
        daemon.start(front_door_process.build_command(settings), front_door_process.build_environment(), ROOT)


def _start_front_door(settings: Settings, description: dict[str, Any], deployment: Deployment) -> None:
    daemon = front_door_process.get_daemon(settings)
    changed = front_door_process.write_config(settings, description, deployment)
    if changed or not daemon.is_running():
        daemon.stop()
        daemon.start(front_door_process.build_command(settings), front_door_process.build_environment(), ROOT)
    _wait_until_ready(daemon, lambda: front_door_process.is_ready(settings), settings)


def _warm_up(settings: Settings, report_progress: ReportProgress, *, wait: bool) -> None:
    if not wait:
        warm_up_in_background(settings)
        return
    report_progress("warming up the functions")
    if not warm_up(settings.front_door_url):
        log = settings.display_path(settings.logs / "functions.log")
        report_progress(f"the functions did not answer within {WARMUP_TIMEOUT} seconds; see {log}")


def _describe(settings: Settings, deployment: Deployment) -> dict[str, Any]:
    socket_url = settings.base_url.replace("http", "ws", 1)
    return {
        "base_url": settings.base_url,
        "api_url": f"{settings.base_url}/api",
        "ws_url": f"{socket_url}/ws",
        "aws_endpoint": settings.aws_endpoint,
        "region": REGION,
        "cognito": {
            "user_pool_id": deployment.outputs["UserPoolId"],
            "client_id": deployment.outputs["UserPoolClientId"],
        },
        "users": ensure_users(settings, deployment),
        "outputs": deployment.outputs,
    }


def _compute_fingerprint(settings: Settings) -> str:
    """Compute the fingerprint of all sources of a deployment."""
    sources = [ROOT / name for name in ("template.yaml", "samconfig.toml", "functions", "layers", "bots", "tools")]
    local = Path(__file__).parent
    tooling = [ROOT / "requirements/ministack.txt", *local.glob("*.py"), local / "bots"]
    return compute_digest([*sources, *tooling], json.dumps([build_parameters(settings), settings.model_port]))


def _write(file: Path, description: dict[str, Any]) -> None:
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(description, indent=2) + "\n")
    new.replace(file)
