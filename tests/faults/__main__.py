"""``make faults``: the long run. With a scenario and a plan, that one run again."""

import sys

from tests.faults.long_run import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
