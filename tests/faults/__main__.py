"""``make faults``, and single runs: ``commands.py`` has the arguments."""

import sys

from tests.faults.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
