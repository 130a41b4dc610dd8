"""``python -m local.front_door FILE``: runs the front door with the configuration in a file."""

import sys
from pathlib import Path

from local.front_door.app import create_server
from local.front_door.config import FrontDoorConfig

if __name__ == "__main__":
    create_server(FrontDoorConfig.load(Path(sys.argv[1]))).run()
