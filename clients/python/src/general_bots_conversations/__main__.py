"""``python -m general_bots_conversations``: the same as ``conversations``."""

from general_bots_conversations.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
