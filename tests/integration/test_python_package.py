"""The wheel of the Python client, in an environment that has nothing else."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local.settings import ROOT

UV = ROOT / ".tools/uv/bin/uv"
PACKAGE = ROOT / "clients/python"
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=PACKAGE, check=True, capture_output=True)
    [file] = folder.glob("*.whl")
    return file


def test_wheel_has_types_readme_and_licence_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read("conversations_client-0.1.0.dist-info/METADATA").decode()

    assert "general_bots_conversations/py.typed" in names
    assert "conversations_client-0.1.0.dist-info/licenses/LICENSE" in names
    sources = {str(path.relative_to(PACKAGE / "src")) for path in PACKAGE.glob("src/**/*.py")}
    assert {name for name in names if ".dist-info/" not in name} == sources | {"general_bots_conversations/py.typed"}
    assert "\n# conversations-client\n" in metadata
    assert "Requires-Python: >=3.11" in metadata


def test_wheel_works_in_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "env/bin/python"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, tmp_path / "env"], check=True, env=_ENVIRONMENT)
    # The locked versions, whose files uv has in its cache.
    versions = ["--constraint", str(ROOT / "requirements/dev.txt")]
    install = [
        str(UV),
        "pip",
        "install",
        "--quiet",
        "--python",
        str(python),
        "--no-verify-hashes",
        *versions,
        str(wheel),
    ]
    subprocess.run(install, check=True, env=_ENVIRONMENT)
    program = (
        "from general_bots_conversations import *; import sys; print(len(Client.__doc__) > 0, 'boto3' in sys.modules)"
    )
    done = subprocess.run(
        [python, "-c", program], capture_output=True, text=True, env=_ENVIRONMENT, cwd=tmp_path, check=True
    )

    assert done.stdout == "True False\n"
    command = subprocess.run(
        [python.parent / "conversations", "users", "list"],
        capture_output=True,
        text=True,
        env=_ENVIRONMENT,
        cwd=tmp_path,
        check=False,
    )
    assert command.returncode == 2
    assert command.stderr == "This command needs boto3: pip install 'conversations-client[aws]'\n"
