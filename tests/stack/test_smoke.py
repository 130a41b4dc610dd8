"""``make smoke`` passes on a local stack, except for what only AWS has."""

from local.settings import ALLOWED_ORIGINS
from tests.stack.conftest import Stack
from tools.smoke.checks import CHECKS, Outcome, run_checks
from tools.smoke.deployment import Deployment


def test_local_stack_passes_all_checks(stack: Stack, token: str) -> None:
    is_local = "aws_endpoint" in stack
    deployment = Deployment(stack["api_url"], stack["ws_url"], token, ALLOWED_ORIGINS[-1], on_aws=not is_local)

    results = list(run_checks(deployment))

    assert [result.check for result in results] == list(CHECKS)
    assert [str(result) for result in results if result.outcome not in (Outcome.OK, Outcome.AWS_ONLY)] == []
    assert {result.check.aws_only for result in results if result.outcome is Outcome.AWS_ONLY} <= {True}
