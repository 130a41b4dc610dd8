"""Configuration of all tests."""

import os

from hypothesis import settings

# No deadline: a slow machine does not make a property false. `make test-fast` selects the second profile.
settings.register_profile("project", deadline=None, print_blob=True)
settings.register_profile("fast", settings.get_profile("project"), max_examples=10)
settings.load_profile("project")


def pytest_configure() -> None:
    """Give each process of pytest-xdist one of the stacks that ``local.testing`` has started."""
    stack_files = os.environ.get("STACK_JSON", "").split(os.pathsep)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is not None and len(stack_files) > 1:
        os.environ["STACK_JSON"] = stack_files[int(worker.removeprefix("gw"))]
