"""The command line: ``python -m tools.smoke --rest-url URL --socket-url URL``, with the token in ``SMOKE_TOKEN``."""

import argparse
import os
import sys
from collections.abc import Sequence

from tools.smoke.checks import Outcome, run_checks
from tools.smoke.deployment import Deployment


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, print a line for each, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.smoke", description="Check a deployment from outside.")
    parser.add_argument("--rest-url", required=True, help="the stack output RestApiUrl, or the URL of a custom domain")
    parser.add_argument(
        "--socket-url", required=True, help="the stack output WebSocketUrl, or the URL of a custom domain"
    )
    parser.add_argument("--origin", help="an origin that the parameter AllowedOrigins lists")
    parser.add_argument("--local", action="store_true", help="the deployment is a local stack")
    options = parser.parse_args(arguments)
    token = os.environ.get("SMOKE_TOKEN", "")
    if not token:
        parser.error("SMOKE_TOKEN must be the access token of a user")
    deployment = Deployment(
        rest_url=options.rest_url.rstrip("/"),
        socket_url=options.socket_url,
        token=token,
        origin=options.origin,
        on_aws=not options.local,
    )
    failed = False
    for result in run_checks(deployment):
        print(result, flush=True)
        failed = failed or result.outcome is Outcome.FAILED
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
