"""The harness of the fault tests of a process."""

from collections.abc import Iterator

import pytest

from tests.faults.simulation import FaultHarness, create_harness


@pytest.fixture(scope="package")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultHarness]:
    with create_harness(tmp_path_factory.mktemp("histories")) as opened:
        yield opened
