"""Unit tests reach nothing outside the process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

_LOCAL_STACK = Path(__file__).parent / "local"
"""Tests of the local stack, which is made of sockets."""


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let every attempt to open a network socket fail."""
    if request.path.is_relative_to(_LOCAL_STACK):
        yield
        return
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
