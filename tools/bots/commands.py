"""The parser of ``conversations bots``. Each command is a function in a module of its own."""

import argparse
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path

type Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the commands to a parser. The function of the chosen command is named by ``command`` of the parsed options.

    The parser imports none of them, so that a command loads only what it needs.
    """
    commands = parser.add_subparsers(required=True)

    check = commands.add_parser("check", help="report all errors, warnings and unsupported features of packages")
    check.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="packages <bot>.gbai, folders of packages, or scripts"
    )
    check.add_argument("--format", choices=("text", "json"), default="text", help="how to print the diagnostics")
    check.add_argument("--errors-only", action="store_true", help="print no warnings and no unsupported features")
    check.add_argument("--causes", action="store_true", help="print only how often each kind of mistake occurs")
    check.set_defaults(command="tools.bots.check_command.run")

    test = commands.add_parser("test", help="run the conversations in the folders `tests` of packages and compare them")
    test.add_argument(
        "paths", nargs="*", type=Path, default=[Path()], metavar="PATH", help="packages, folders of packages, or tests"
    )
    test.add_argument("--update", action="store_true", help="rewrite the tests that fail as the bots talk now")
    test.add_argument("--format", choices=("text", "json", "junit"), default="text", help="how to print the results")
    test.set_defaults(command="tools.bots.testing.command.run")

    importing = commands.add_parser("import", help="copy packages of General Bots and rewrite what can be rewritten")
    importing.add_argument("folder", type=Path, metavar="FOLDER", help="a package of General Bots, or a folder of them")
    importing.add_argument(
        "--to", type=Path, default=Path("bots"), metavar="FOLDER", help="the folder of the new packages (default: bots)"
    )
    importing.set_defaults(command="tools.bots.import_command.run")

    publish = commands.add_parser("publish", help="publish packages, or none of them if one has an error")
    publish.add_argument("packages", nargs="+", type=Path, metavar="PATH", help="package folders <bot>.gbai")
    _add_skip_broken(publish)
    _add_target(publish, bucket=True)
    publish.set_defaults(command="tools.bots.stack_commands.publish")

    listing = commands.add_parser("list", help="list the published bots and their versions")
    _add_target(listing, bucket=True)
    listing.set_defaults(command="tools.bots.stack_commands.list_bots")

    _add_version_commands(commands)
    _add_schedules_command(commands)

    run = commands.add_parser("run", help="talk to a bot in the terminal, without AWS")
    run.add_argument("package", type=Path, metavar="PATH", help="a package folder <bot>.gbai")
    _add_skip_broken(run)
    run.add_argument("--user", metavar="ID", help="the id of a signed-in user; `/sign-in ID` signs in later")
    run.add_argument("--input", type=Path, help="read the user's messages from a file, one per line")
    run.add_argument("--group", action="append", default=[], help="a group of the user, for READ BY and WRITE BY")
    run.add_argument("--watch", action="store_true", help="begin again when a file of the package changes")
    run.set_defaults(command="tools.bots.run_command.run")

    webhook = commands.add_parser("webhook", help="talk to your own bot server on this machine, as a webhook bot does")
    webhook.add_argument("port", type=int, metavar="PORT", help="the port of the server on loopback")
    webhook.add_argument("--path", default="/", help="the path of its URL")
    webhook.add_argument("--user", metavar="ID", help="the id of a signed-in user; a visitor without it")
    webhook.add_argument("--group", action="append", default=[], help="a group of the user")
    webhook.add_argument("--input", type=Path, help="read the user's messages from a file, one per line")
    webhook.set_defaults(command="tools.bots.webhook_command.run")

    server = commands.add_parser("language-server", help="serve an editor: faults, help and completion for scripts")
    server.set_defaults(command="tools.bots.language_server.command.run")

    secret = commands.add_parser("secret", help="replace the webhook secret of a bot and print the new one")
    secret.add_argument("bot", metavar="BOT", help="the id of a published bot")
    _add_target(secret, bucket=False)
    secret.set_defaults(command="tools.bots.stack_commands.create_secret")


def _add_schedules_command(commands: Commands) -> None:
    schedules = commands.add_parser("schedules", help="list the schedules of a bot and their last runs")
    schedules.add_argument("bot", metavar="BOT", help="the id of a bot")
    schedules.add_argument("--limit", type=int, default=20, metavar="N", help="how many runs are listed (default: 20)")
    _add_target(schedules, bucket=True)
    schedules.set_defaults(command="tools.bots.schedule_commands.list_schedules")


def _add_version_commands(commands: Commands) -> None:
    versions = commands.add_parser("versions", help="list who published which version of a bot when")
    rollback = commands.add_parser("rollback", help="publish an earlier version of a bot again")
    diff = commands.add_parser("diff", help="show the differences between two versions of a bot")
    unpublish = commands.add_parser("unpublish", help="remove a bot; `rollback` publishes it again")
    for parser, command in (
        (versions, "list_versions"),
        (rollback, "roll_back"),
        (diff, "compare"),
        (unpublish, "unpublish"),
    ):
        parser.add_argument("bot", metavar="BOT", help="the id of a bot")
        _add_target(parser, bucket=True)
        parser.set_defaults(command=f"tools.bots.version_commands.{command}")
    rollback.add_argument("version", nargs="?", metavar="VERSION", help="default: the one before the current version")
    diff.add_argument("first", nargs="?", metavar="A", help="default: the version before the current one")
    diff.add_argument("second", nargs="?", metavar="B", help="default: the current version")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="conversations bots", description="Check, publish, list and run bots.")
    add_commands(parser)
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Import and run the chosen command; return the exit status."""
    module, _, name = str(options.command).rpartition(".")
    command: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(module), name)
    return command(options)


def _add_skip_broken(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--skip-broken", action="store_true", help="replace scripts with errors by scripts that send the error message"
    )


def _add_target(parser: argparse.ArgumentParser, *, bucket: bool) -> None:
    """Add the options of the stack. Without ``bucket``, the command needs only the table."""
    group = parser.add_argument_group("target stack (default: the running local stack)")
    group.add_argument("--table", help="the stack output BotsTableName")
    if bucket:
        group.add_argument("--bucket", help="the stack output BotsBucketName")
        group.add_argument("--schedules", help="the stack output Schedules, for bots with SET SCHEDULE")
        group.add_argument(
            "--data-table", help="the stack output BotDataTableName, for files, runs and schedules of bots"
        )
        group.add_argument("--drive-bucket", help="the stack output DriveBucketName, for bots with .gbdrive")
    group.add_argument("--endpoint-url", help="the URL of an AWS emulator (default: AWS)")
    parser.set_defaults(required_options=["table", "bucket"] if bucket else ["table"])
