"""Builds the functions and layers: ``sam build``, then remove unused files, then compile bytecode.

The local stack and AWS use the same build; only the processor differs. ``python -m local.build ARCHITECTURE``.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import service_data
from local.commands import build_local_environment, run
from local.errors import LocalStackError
from local.fingerprint import Stamp, compute_digest
from local.settings import ROOT, get_tool_path

BUILDS = ROOT / ".aws-sam"
SOURCES = (ROOT / "template.yaml", ROOT / "functions", ROOT / "layers")

# botocore contains descriptions of all AWS services (29 MB); the functions use these only.
SERVICES = frozenset(
    {
        "apigatewaymanagementapi",
        "bedrock-runtime",
        "dynamodb",
        "s3",
        "scheduler",
        "secretsmanager",
        "sesv2",
        "sns",
        "sqs",
        "ssm",
    }
)


def build(architecture: str) -> Path:
    """Build for a processor if the sources have changed, and return the build folder.

    Raises
    ------
    LocalStackError
        If the build fails.
    """
    folder = BUILDS / architecture / "build"
    stamp = _get_stamp(architecture)
    with _build_lock(architecture):
        fingerprint = _compute_fingerprint(architecture)
        if not stamp.matches(fingerprint):
            stamp.remove()
            _sam_build(folder, architecture)
            remove_unused_files(folder)
            compile_bytecode(folder)
            stamp.write(fingerprint)
    return folder


def is_built(architecture: str) -> bool:
    """Return whether the build for a processor is up to date."""
    return _get_stamp(architecture).matches(_compute_fingerprint(architecture))


def remove_unused_files(folder: Path) -> None:
    """Remove the files of the built layers that no function uses."""
    for python in folder.glob("*/python"):
        if (python / "botocore").exists():
            service_data.trim(python, SERVICES)
        for unused in [*python.rglob("__pycache__"), python / "bin"]:
            shutil.rmtree(unused, ignore_errors=True)


def compile_bytecode(folder: Path) -> None:
    """Compile bytecode, which SAM leaves out; importing it takes a third of the time.

    ``unchecked-hash``, because SAM and Lambda change the modification times that bytecode is checked against otherwise.
    """
    options = ["-q", "-j", "0", "-s", str(folder), "--invalidation-mode", "unchecked-hash"]
    subprocess.run([sys.executable, "-m", "compileall", *options, str(folder)], check=True)  # noqa: S603 - fixed command


def _get_stamp(architecture: str) -> Stamp:
    return Stamp(BUILDS / architecture / "stamp")


def _compute_fingerprint(architecture: str) -> str:
    return compute_digest([*SOURCES, Path(__file__), Path(service_data.__file__)], architecture)


def _sam_build(folder: Path, architecture: str) -> None:
    # SAM looks for `python3.13` on PATH and does not accept a shim.
    environment = build_local_environment()
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    environment["SAM_CLI_TELEMETRY"] = "0"
    folders = ["--build-dir", str(folder), "--cached", "--cache-dir", str(folder.parent / "cache")]
    run(
        [get_tool_path(".venvs/sam", "sam"), "build", *folders, "--parameter-overrides", f"Arch={architecture}"],
        log=folder.parent / "build.log",
        environment=environment,
        failure="Building the functions failed.",
    )


@contextmanager
def _build_lock(architecture: str) -> Iterator[None]:
    """Lock the build folder, so that a second stack that starts at the same time waits."""
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
