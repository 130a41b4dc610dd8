"""``make smoke``: its documentation and its report. ``tests/stack/test_smoke.py`` runs its checks."""

import re

import httpx
import pytest

from tests.template import ROOT
from tools.smoke.__main__ import main
from tools.smoke.checks import CHECKS, Check, Outcome, Result
from tools.smoke.deployment import CheckFailedError, Deployment, expect


def test_documented_checks_are_those_of_the_tool() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    _, _, section = page.partition("## Not verified without an account")
    rows = re.findall(r"^\| .* \| (`.*`) \|$", section.partition("\n## ")[0], re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} == {check.name for check in CHECKS}


def test_failed_expectation_names_what_is_wrong() -> None:
    with pytest.raises(CheckFailedError, match="two uses"):
        expect(condition=False, sentence="two uses")


def test_result_is_one_line() -> None:
    check = Check("health", lambda _: None)

    assert str(Result(check, Outcome.OK)) == "ok           health"
    assert str(Result(check, Outcome.FAILED, "GET /health: 500")) == "FAILED       health: GET /health: 500"


def test_token_is_required(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("SMOKE_TOKEN", raising=False)

    with pytest.raises(SystemExit):
        main(["--rest-url", "http://127.0.0.1:9", "--socket-url", "ws://127.0.0.1:9"])

    assert "SMOKE_TOKEN" in capsys.readouterr().err


def test_unreachable_deployment_fails_every_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise httpx.ConnectError("refused")

    monkeypatch.setenv("SMOKE_TOKEN", "token")
    monkeypatch.setattr(httpx, "request", refuse)
    monkeypatch.setattr("tools.smoke.deployment.connect", refuse)

    status = main(["--rest-url", "http://x", "--socket-url", "ws://x", "--local", "--origin", "http://y"])

    outcomes = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert status == 1
    assert outcomes == ["only" if check.aws_only else "FAILED" for check in CHECKS]


def test_token_is_not_printed() -> None:
    assert "secret" not in repr(Deployment("http://x", "ws://x", token="secret"))
