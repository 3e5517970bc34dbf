"""Fixtures for bad days: a server that may be stopped, and a proxy that may cut."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from .proxy import Proxy
from .server import PrivateServer


@pytest.fixture(scope="session")
def private_server() -> Iterator[PrivateServer]:
    """A server of these tests' own; it runs when a test begins, and each test takes databases of its own."""
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("this system has no Unix sockets")
    server = PrivateServer()
    yield server
    server.close()


@pytest.fixture
def proxy(private_server: PrivateServer) -> Iterator[Proxy]:
    """A way to the private server that can be cut."""
    way = Proxy(private_server.socket)
    yield way
    way.close()
