"""The commands that use a stack: publish, list, secret."""

import argparse
import sys
from collections.abc import Callable
from functools import wraps

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from conversations.domain.errors import NotFoundError, UnavailableError
from tools.bots import publishing
from tools.bots.knowledge.publishing import EmbeddingError
from tools.bots.knowledge.target import build_website_reader
from tools.bots.knowledge.websites import WebsiteError
from tools.bots.packages import Package
from tools.bots.reading import read_packages
from tools.bots.target import PublishTarget, TargetError, resolve_target

type Command = Callable[[argparse.Namespace], int]


def reports_stack_errors(command: Command) -> Command:
    """Print why the stack cannot be used as one sentence; the exit status is 1 then, and 2 if it is not named."""

    @wraps(command)
    def run(options: argparse.Namespace) -> int:
        try:
            return command(options)
        except TargetError as error:
            print(error, file=sys.stderr)
            return 2
        except (EndpointConnectionError, UnavailableError) as error:
            print(_describe_unreachable(options, error), file=sys.stderr)
            return 1
        except (BotoCoreError, ClientError) as error:
            print(f"AWS error: {error}", file=sys.stderr)
            return 1

    return run


def _describe_unreachable(options: argparse.Namespace, error: Exception) -> str:
    if not options.table:
        return "The local stack does not answer. Start it with `make up`."
    reason = error.__cause__ or error
    return f"The stack does not answer: {reason}"


@reports_stack_errors
def publish(options: argparse.Namespace) -> int:
    """Publish packages, or none of them."""
    packages = read_packages(options.packages, skip_broken=options.skip_broken)
    if packages is None:
        print("Nothing was published.", file=sys.stderr)
        return 1
    stack = resolve_target(options)
    packages = [_fetch_websites(package, stack) for package in packages]
    try:
        publishing.publish(stack, packages)
    except (publishing.CatalogueFullError, EmbeddingError) as error:
        print(f"{error} Nothing was published.", file=sys.stderr)
        return 1
    for package in packages:
        print("published:", package.bot.id, *([] if package.bundle is None else [package.bundle.program.id]))
    if stack.endpoint_url is None:
        for package in packages:
            for need in package.list_needs():
                print(f"{package.bot.id} {need}.", file=sys.stderr)
    return 0


def _fetch_websites(package: Package, stack: PublishTarget) -> Package:
    """Return a package with the websites that its scripts attach, without those that cannot be read."""
    reader = build_website_reader(stack)
    for url in package.websites:
        try:
            package = package.add_website(url, reader.read(url))
        except WebsiteError as error:
            print(f"{package.bot.id}: warning: {url} is not attached: {error}", file=sys.stderr)
    return package


@reports_stack_errors
def list_bots(options: argparse.Namespace) -> int:
    """List the published bots with their versions."""
    stack = resolve_target(options)
    for published in publishing.list_published_bots(stack.s3, stack.bucket, stack.dynamodb, stack.table):
        without = f", without {', '.join(published.broken)}" if published.broken else ""
        print(f"{published.bot.id}: {published.bot.name} ({published.bot.engine}{without})")
        for version in published.versions:
            mark = "*" if version.id == published.current else " "
            print(f"  {mark} {version.id}  {version.published_at:%Y-%m-%d %H:%M:%S} UTC")
    return 0


@reports_stack_errors
def create_secret(options: argparse.Namespace) -> int:
    """Replace the webhook secret of a bot."""
    stack = resolve_target(options)
    try:
        secret = publishing.create_webhook_secret(stack.dynamodb, stack.table, options.bot)
    except NotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(secret)
    print("This secret is shown only once. The previous secret is no longer valid.", file=sys.stderr)
    return 0
