"""``make safeguards`` takes minutes; here is seen to that it would still find what it looks for."""

import subprocess
import sys

import pytest

from tests.safeguards.__main__ import Safeguard, safeguards
from tests.template import ROOT


@pytest.mark.parametrize("safeguard", safeguards(), ids=lambda each: each.name)
def test_the_code_of_a_safeguard_is_there_once(safeguard: Safeguard) -> None:
    code = (ROOT / safeguard.file).read_text(encoding="utf-8")

    assert code.count(safeguard.removes) == 1
    assert safeguard.leaves not in {safeguard.removes, code}


def test_the_tests_that_see_to_safeguards_are_there() -> None:
    named = sorted({test for safeguard in safeguards() for test in safeguard.tests})
    command = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", *named]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-2_000:]
