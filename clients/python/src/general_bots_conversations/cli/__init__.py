"""The command ``conversations``."""

from general_bots_conversations.cli.main import build_parser, main, run

__all__ = ["build_parser", "main", "run"]
