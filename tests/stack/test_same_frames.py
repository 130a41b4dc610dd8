"""The same scenarios have the same frames and responses on the fault simulation and on a stack."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.comparison.playing import Transcript, play
from tests.comparison.scenarios import SCENARIOS
from tests.stack.conftest import Stack
from tests.stack.real_world import RealWorld
from tests.template import ROOT


@pytest.fixture(scope="module")
def simulated() -> dict[str, Transcript]:
    """The transcripts of the simulation."""
    command = [sys.executable, "-m", "tests.comparison.simulated"]
    played = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    transcripts: dict[str, Transcript] = json.loads(played.stdout)
    return transcripts


@pytest.mark.parametrize("name", SCENARIOS)
def test_stack_sends_what_the_simulation_sends(
    stack: Stack, create_user: Callable[..., str], simulated: dict[str, Transcript], name: str
) -> None:
    with RealWorld(stack, create_user, simulated[name]) as world:
        transcript = play(SCENARIOS[name], world)

    for number, (step, real, expected) in enumerate(zip(SCENARIOS[name], transcript, simulated[name], strict=True)):
        assert real == expected, f"step {number}: {step}"
