"""Unit tests cannot open network sockets: otherwise a test without a fake would use the real AWS."""

import socket

import pytest
from pytest_socket import SocketBlockedError


def test_unit_test_cannot_open_network_socket() -> None:
    with pytest.warns(UserWarning, match="tried to use socket"), pytest.raises(SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9))
