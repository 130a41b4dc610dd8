"""Other people's programs, run with a log instead of noise."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.errors import LocalStackError
from local.settings import REGION, ROOT

# Whoever has real credentials in the environment must not reach a real account by starting the local stack.
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


def local_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which AWS is only ever the local one."""
    source = os.environ if environment is None else environment
    kept = {name: value for name, value in source.items() if not name.startswith("AWS_")}
    return kept | _LOCAL_CREDENTIALS | {"NO_PROXY": _LOOPBACK, "no_proxy": _LOOPBACK}


def run(
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    failure: str,
) -> None:
    """Run a program in the project's folder and keep what it says.

    Raises
    ------
    LocalStackError
        With ``failure`` and the place of the log, if the program fails.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        code = subprocess.run(  # noqa: S603 - our own programs
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
        raise LocalStackError(f"{failure} What it said is in {shown}.")
