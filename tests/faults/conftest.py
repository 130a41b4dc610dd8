"""The harness of the fault tests of a file. It is closed before other tests, whose requests it would answer."""

from collections.abc import Iterator

import pytest

from tests.faults.simulation import FaultHarness, create_harness


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultHarness]:
    with create_harness(tmp_path_factory.mktemp("histories")) as opened:
        yield opened
