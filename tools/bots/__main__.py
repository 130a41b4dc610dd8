"""``python -m tools.bots``: the same as ``conversations bots``."""

from tools.bots.commands import main

if __name__ == "__main__":
    raise SystemExit(main())
