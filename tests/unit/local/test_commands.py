"""Running external programs."""

import os
import sys
from pathlib import Path

import pytest

from local.commands import build_local_environment, run
from local.errors import LocalStackError


def test_real_credentials_are_not_passed_to_the_local_stack() -> None:
    real = {"AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "real", "AWS_ACCESS_KEY_ID": "AKIA", "PATH": "/bin"}

    environment = build_local_environment(real)

    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment
    assert environment["AWS_ACCESS_KEY_ID"] == "local"
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert environment["PATH"] == "/bin"


def test_failure_is_one_sentence_with_the_log_path(tmp_path: Path) -> None:
    log = tmp_path / "log"
    program = "import sys; print('the reason'); sys.exit(3)"

    with pytest.raises(LocalStackError, match=r"^It failed\. See .*log\.$"):
        run([sys.executable, "-c", program], log=log, environment=os.environ, failure="It failed.")

    assert log.read_text() == "the reason\n"
