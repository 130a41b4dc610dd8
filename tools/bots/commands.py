"""The command line: ``conversations bots check|publish|list|run|webhook|secret``."""

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from conversations.domain.errors import NotFoundError, UnavailableError
from conversations.domain.webhook_signature import InvalidSecretError, make_secret, parse_secret
from conversations.engines import webhook_bot
from tools.bots import publishing, target, terminal
from tools.bots.bot_server_session import BotServerSession, print_failures
from tools.bots.checking import check, format_json
from tools.bots.packages import Package
from tools.bots.target import TargetError, resolve_target
from tools.bots.terminal_session import SessionModels


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the commands to a parser. The function of the chosen command is ``command`` of the parsed options."""
    commands = parser.add_subparsers(required=True)

    check = commands.add_parser("check", help="report all errors, warnings and unsupported features of packages")
    check.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="packages <bot>.gbai, folders of packages, or scripts"
    )
    check.add_argument("--format", choices=("text", "json"), default="text", help="how to print the diagnostics")
    check.add_argument("--errors-only", action="store_true", help="print no warnings and no unsupported features")
    check.set_defaults(command=_check)

    publish = commands.add_parser("publish", help="publish packages, or none of them if one has an error")
    publish.add_argument("packages", nargs="+", type=Path, metavar="PATH", help="package folders <bot>.gbai")
    _add_skip_broken(publish)
    target.add_arguments(publish, bucket=True)
    publish.set_defaults(command=_publish)

    listing = commands.add_parser("list", help="list the published bots and their versions")
    target.add_arguments(listing, bucket=True)
    listing.set_defaults(command=_list)

    run = commands.add_parser("run", help="talk to a bot in the terminal, without AWS")
    run.add_argument("package", type=Path, metavar="PATH", help="a package folder <bot>.gbai")
    _add_skip_broken(run)
    run.add_argument("--user", metavar="ID", help="the id of a signed-in user; `/sign-in ID` signs in later")
    run.add_argument("--input", type=Path, help="read the user's messages from a file, one per line")
    run.add_argument("--group", action="append", default=[], help="a group of the user, for READ BY and WRITE BY")
    run.set_defaults(command=_run)

    webhook = commands.add_parser("webhook", help="talk to your own bot server on this machine, as a webhook bot does")
    webhook.add_argument("port", type=int, metavar="PORT", help="the port of the server on loopback")
    webhook.add_argument("--path", default="/", help="the path of its URL")
    webhook.add_argument("--user", metavar="ID", help="the id of a signed-in user; a visitor without it")
    webhook.add_argument("--group", action="append", default=[], help="a group of the user")
    webhook.add_argument("--input", type=Path, help="read the user's messages from a file, one per line")
    webhook.set_defaults(command=_webhook)

    secret = commands.add_parser("secret", help="replace the webhook secret of a bot and print the new one")
    secret.add_argument("bot", metavar="BOT", help="the id of a published bot")
    target.add_arguments(secret, bucket=False)
    secret.set_defaults(command=_secret)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="conversations bots", description="Check, publish, list and run bots.")
    add_commands(parser)
    options = parser.parse_args(arguments)
    return run(options)


def run(options: argparse.Namespace) -> int:
    """Run the chosen command; return the exit status."""
    command: Callable[[argparse.Namespace], int] = options.command
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


def _describe_unreachable(options: argparse.Namespace, error: Exception) -> str:
    if not options.table:
        return "The local stack does not answer. Start it with `make up`."
    reason = error.__cause__ or error
    return f"The stack does not answer: {reason}"


def _add_skip_broken(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--skip-broken", action="store_true", help="replace scripts with errors by scripts that send the error message"
    )


def _read_packages(folders: Sequence[Path], *, skip_broken: bool) -> list[Package] | None:
    """Read packages and print their diagnostics. Return None if one of them has an error that is not skipped."""
    results = [result for folder in folders for result in check(folder, skip_broken=skip_broken)]
    for result in results:
        for diagnostic in result.diagnostics:
            print(diagnostic, file=sys.stderr)
    packages = [result.package for result in results if result.package is not None]
    if len(packages) == len(results):
        return packages
    for result in results:
        if result.package is None:
            hint = " with --skip-broken" if result.broken else ""
            print(f"{result.summarize()}{hint}", file=sys.stderr)
    return None


def _check(options: argparse.Namespace) -> int:
    results = [result for path in options.paths for result in check(path)]
    if options.errors_only:
        results = [result.without_warnings() for result in results]
    if options.format == "json":
        print(format_json(results))
    else:
        for result in results:
            for diagnostic in result.diagnostics:
                print(diagnostic)
        for result in results:
            print(result.summarize())
    return int(any(result.has_errors for result in results))


def _publish(options: argparse.Namespace) -> int:
    packages = _read_packages(options.packages, skip_broken=options.skip_broken)
    if packages is None:
        print("Nothing was published.", file=sys.stderr)
        return 1
    if duplicates := _list_duplicates(package.bot.id for package in packages):
        print(f"Several packages are named {', '.join(duplicates)}. Nothing was published.", file=sys.stderr)
        return 1
    stack = resolve_target(options)
    try:
        publishing.publish(stack.s3, stack.bucket, stack.dynamodb, stack.table, packages)
    except publishing.CatalogueFullError as error:
        print(f"{error} Nothing was published.", file=sys.stderr)
        return 1
    for package in packages:
        print("published:", package.bot.id, *([] if package.bundle is None else [package.bundle.program.id]))
    return 0


def _list_duplicates(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _list(options: argparse.Namespace) -> int:
    stack = resolve_target(options)
    for published in publishing.list_published_bots(stack.s3, stack.bucket, stack.dynamodb, stack.table):
        without = f", without {', '.join(published.broken)}" if published.broken else ""
        print(f"{published.bot.id}: {published.bot.name} ({published.bot.engine}{without})")
        for version in published.versions:
            mark = "*" if version.id == published.current else " "
            print(f"  {mark} {version.id}  {version.published_at:%Y-%m-%d %H:%M:%S} UTC")
    return 0


def _run(options: argparse.Namespace) -> int:
    packages = _read_packages([options.package], skip_broken=options.skip_broken)
    if packages is None:
        return 1
    if packages[0].bot.engine == webhook_bot.ENGINE:
        print("A webhook bot is its server: talk to it with `conversations bots webhook PORT`.", file=sys.stderr)
        return 2
    session = terminal.create_session(packages[0], sys.stderr, options.group, _load_models)
    if options.user is not None:
        session.sign_in(options.user)
    if options.input is None:
        succeeded = terminal.run_session(session, _read_input(), sys.stdout, sys.stderr, time.sleep)
    else:
        inputs = _echo(_read_lines(options.input))
        succeeded = terminal.run_session(session, inputs, sys.stdout, sys.stderr, lambda _seconds: None)
    return 0 if succeeded else 1


def _load_models() -> SessionModels:
    """Load what only bots with a language model need; it takes as long as all other imports."""
    from tools.bots.models import load_models  # noqa: PLC0415 - see above

    return load_models()


def _read_lines(file: Path) -> list[str]:
    """Return the lines of a file that are not empty."""
    return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _read_input() -> Iterator[str]:
    """Yield the lines that the user types, until Ctrl-D or Ctrl-C."""
    while True:
        try:
            yield input("You: ")
        except (EOFError, KeyboardInterrupt):
            print()
            return


def _echo(inputs: Sequence[str]) -> Iterator[str]:
    for text in inputs:
        print(f"You: {text}")
        yield text


def _webhook(options: argparse.Namespace) -> int:
    secret = os.environ.get("WEBHOOK_SECRET", "")
    try:
        parse_secret(secret)
    except InvalidSecretError as error:
        print(f"Set WEBHOOK_SECRET for your server and for this command: {error}. A new one:", file=sys.stderr)
        print(f"export WEBHOOK_SECRET={make_secret()}", file=sys.stderr)
        return 2
    print_failures(sys.stderr)
    session = BotServerSession(
        url=f"http://127.0.0.1:{options.port}/{options.path.removeprefix('/')}",
        secret=secret,
        output=sys.stdout,
        user=options.user,
        groups=frozenset(options.group),
    )
    session.run(_read_input() if options.input is None else _echo(_read_lines(options.input)))
    return 0


def _secret(options: argparse.Namespace) -> int:
    stack = resolve_target(options)
    try:
        secret = publishing.create_webhook_secret(stack.dynamodb, stack.table, options.bot)
    except NotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(secret)
    print("This secret is shown only once. The previous secret is no longer valid.", file=sys.stderr)
    return 0
