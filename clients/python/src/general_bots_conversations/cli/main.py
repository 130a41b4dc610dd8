"""The parser of the commands, and how they end."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

from general_bots_conversations.cli import chat, export, server, tail, users
from general_bots_conversations.cli.errors import UsageError
from general_bots_conversations.errors import ConversationsError, SignedOutError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - it has no public name
Command: TypeAlias = Callable[[argparse.Namespace], int]

_INTERRUPTED = 130


def build_parser(find_stack: users.FindStack = users.find_stack) -> tuple[argparse.ArgumentParser, Commands]:
    """Return the parser and its commands, to which a program can add others.

    Parameters
    ----------
    find_stack
        Returns the description of the stack whose users are meant if no pool is named.
    """
    parser = argparse.ArgumentParser(prog="conversations", description="Commands of the Conversations API.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    chat.add_command(commands.add_parser("chat", help="talk to a bot in the terminal"))
    tail.add_command(commands.add_parser("tail", help="follow a conversation, or all of one's conversations"))
    export.add_command(commands.add_parser("export", help="export everything that is stored about the user"))
    users_parser = commands.add_parser("users", help="create, list and delete the users of a deployment")
    users.add_commands(users_parser, find_stack)
    return parser, commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser, _ = build_parser()
    return run(parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Run the chosen command; return the exit status."""
    command: Command = options.command
    try:
        return command(options)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except SignedOutError:
        print(server.describe_signed_out(), file=sys.stderr)
        return 1
    except ConversationsError as error:
        print(error, file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of the output has gone, as `head` does. Nothing more is written when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
