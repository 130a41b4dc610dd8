"""``python -m local.emulator``: runs MiniStack on the port in ``GATEWAY_PORT``."""

import sys

from ministack import app as ministack

from local.emulator.browser_guard import BrowserGuard

if __name__ == "__main__":
    # `main` serves this attribute of its module.
    ministack.app = BrowserGuard(ministack.app)
    sys.exit(ministack.main())
