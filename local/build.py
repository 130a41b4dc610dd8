"""Builds what Lambda runs: ``sam build``, then without what nobody imports, then compiled.

Used for the local stack and for AWS alike; only the processor differs. ``python -m local.build ARCHITECTURE``.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.commands import local_environment, run
from local.errors import LocalStackError
from local.fingerprint import Stamp, digest
from local.settings import ROOT, tool

BUILDS = ROOT / ".aws-sam"
SOURCES = (ROOT / "template.yaml", ROOT / "functions", ROOT / "layers")

# botocore describes every service of AWS, 29 MB of it; these are the ones the functions talk to.
SERVICES = frozenset({"apigatewaymanagementapi", "dynamodb", "s3", "sqs"})


def build(architecture: str) -> Path:
    """Build for a processor unless nothing changed since, and return the folder.

    Raises
    ------
    LocalStackError
        If the build fails.
    """
    folder = BUILDS / architecture / "build"
    stamp = _stamp(architecture)
    with _one_at_a_time(architecture):
        fingerprint = _fingerprint(architecture)
        if not stamp.says(fingerprint):
            stamp.remove()
            _sam_build(folder, architecture)
            slim(folder)
            compile_bytecode(folder)
            stamp.write(fingerprint)
    return folder


def is_built(architecture: str) -> bool:
    """Tell whether the build for a processor is up to date."""
    return _stamp(architecture).says(_fingerprint(architecture))


def slim(folder: Path) -> None:
    """Remove from a built layer what no function can reach."""
    for python in folder.glob("*/python"):
        for data in (python / "botocore/data", python / "boto3/data"):
            for service in data.glob("*/"):
                if service.name not in SERVICES:
                    shutil.rmtree(service)
        for unused in [*python.rglob("__pycache__"), python / "bin"]:
            shutil.rmtree(unused, ignore_errors=True)


def compile_bytecode(folder: Path) -> None:
    """Add the bytecode SAM leaves out; importing it takes a third of the time.

    ``unchecked-hash``, because SAM and Lambda change the times of files, which other bytecode is checked against.
    """
    options = ["-q", "-j", "0", "-s", str(folder), "--invalidation-mode", "unchecked-hash"]
    subprocess.run([sys.executable, "-m", "compileall", *options, str(folder)], check=True)  # noqa: S603 - our own


def _stamp(architecture: str) -> Stamp:
    return Stamp(BUILDS / architecture / "stamp")


def _fingerprint(architecture: str) -> str:
    return digest([*SOURCES, Path(__file__)], architecture)


def _sam_build(folder: Path, architecture: str) -> None:
    # SAM looks for `python3.13` on PATH and takes no shim for it.
    environment = local_environment()
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    environment["SAM_CLI_TELEMETRY"] = "0"
    places = ["--build-dir", str(folder), "--cached", "--cache-dir", str(folder.parent / "cache")]
    run(
        [tool(".venvs/sam", "sam"), "build", *places, "--parameter-overrides", f"Arch={architecture}"],
        log=folder.parent / "build.log",
        environment=environment,
        failure="The functions could not be built.",
    )


@contextmanager
def _one_at_a_time(architecture: str) -> Iterator[None]:
    """Let a second stack that starts at the same time wait for the build instead of disturbing it."""
    folder = BUILDS / architecture
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Build for the processor named on the command line."""
    try:
        folder = build(sys.argv[1])
    except LocalStackError as error:
        sys.exit(str(error))
    print(f"Built: {folder.relative_to(ROOT)}/template.yaml")


if __name__ == "__main__":
    main()
