"""Runs external programs with their output in a log file."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.errors import LocalStackError
from local.settings import REGION, ROOT

# A developer with real credentials in the environment must not reach a real account by starting the local stack.
_LOCAL_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
_LOOPBACK = "127.0.0.1,localhost"


def build_local_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Build an environment with dummy AWS credentials and no proxy for loopback addresses."""
    source = os.environ if environment is None else environment
    variables = {name: value for name, value in source.items() if not name.startswith("AWS_")}
    return variables | _LOCAL_CREDENTIALS | {"NO_PROXY": _LOOPBACK, "no_proxy": _LOOPBACK}


def run(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    failure: str,
) -> None:
    """Run a program in the project folder and write its output to a log.

    Raises
    ------
    LocalStackError
        With ``failure`` and the path of the log, if the program fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        code = subprocess.run(  # noqa: S603 - fixed commands
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    if code:
        shown = log.relative_to(ROOT) if log.is_relative_to(ROOT) else log
        raise LocalStackError(f"{failure} See {shown}.")
