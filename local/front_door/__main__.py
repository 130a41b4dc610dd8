"""``python -m local.front_door FILE``."""

import sys
from pathlib import Path

from local.front_door.app import create_server
from local.front_door.told import Told

if __name__ == "__main__":
    create_server(Told.read(Path(sys.argv[1]))).run()
