"""A loopback proxy in front of PostgreSQL that can cut, hold and swallow what passes."""

from __future__ import annotations

import os
import selectors
import socket
import struct
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Final

__all__ = ["Proxy"]

_RESET: Final = struct.pack("ii", 1, 0)
_PIECE: Final = 65536
Rule = Callable[[bytes], int | None]
"""How many of these bytes may still pass before the connection is reset; None: all of them, and it lives on."""


class Proxy:
    """Forwards connections from a port of this machine to a Unix socket, and counts the pieces that clients send.

    Rules are asked once for each piece that passes; the first that answers with a number is done with, and `fired` is set.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.fired = Event()
        self.requests = 0
        self.on_request: Rule | None = None
        self.on_answer: Rule | None = None
        self._held = Event()
        self._links: list[_Link] = []
        self._lock = Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> None:
        """Reset every connection now."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            link.wake()
            link.thread.join()

    def doom(self) -> None:
        """Reset each connection that there is now when it is next used: until then it looks alive."""
        with self._lock:
            for link in self._links:
                link.doomed = True

    def hold(self) -> None:
        """Let nothing pass from now on, in either direction, and close nothing."""
        self._held.set()

    def release(self) -> None:
        """Let pass what was held, and what comes."""
        self._held.clear()
        with self._lock:
            for link in self._links:
                link.wake(stop=False)

    def swallow_the_commit(self, passing: int = 0) -> None:
        """Reset the connection in place of the next answer that says that something was committed; some bytes may pass."""
        self.fired.clear()
        self.on_answer = lambda piece: passing if _says_committed(piece) else None

    def stop_the_commit(self) -> None:
        """Reset the connection in place of the next COMMIT, which the server never sees."""
        self.fired.clear()
        self.on_request = lambda piece: 0 if b"COMMIT\0" in piece else None

    def close(self) -> None:
        """Stop listening and reset what is left."""
        self._listener.close()
        self.cut()

    def decide(self, piece: bytes, *, answer: bool) -> int | None:
        """What the rule says about a piece, if there is one."""
        with self._lock:
            self.requests += not answer
            rule = self.on_answer if answer else self.on_request
            allowed = None if rule is None else rule(piece)
            if allowed is not None:
                self.on_answer = self.on_request = None
                self.fired.set()
            return allowed

    @property
    def held(self) -> bool:
        return self._held.is_set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            upstream = socket.socket(socket.AF_UNIX)
            try:
                upstream.connect(self.target)
            except OSError:
                upstream.close()
                _reset(client)
                continue
            with self._lock:
                self._links.append(_Link(self, client, upstream))


class _Link:
    def __init__(self, proxy: Proxy, client: socket.socket, upstream: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._upstream = upstream
        self._stopping = False
        self.doomed = False
        self._told, self._tell = os.pipe()
        self.thread = Thread(target=self._run, name="proxied", daemon=True)
        self.thread.start()

    def wake(self, *, stop: bool = True) -> None:
        self._stopping = self._stopping or stop
        os.write(self._tell, b"x")

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(self._told, selectors.EVENT_READ)
                ready.register(self._client, selectors.EVENT_READ, (self._client, self._upstream, False))
                ready.register(self._upstream, selectors.EVENT_READ, (self._upstream, self._client, True))
                while self._pass_on(ready):
                    pass
        except OSError:
            pass
        finally:
            _reset(self._client)
            _reset(self._upstream)

    def _pass_on(self, ready: selectors.BaseSelector) -> bool:
        for key, _ in ready.select():
            if key.data is None:
                os.read(self._told, 100)
                if self._stopping:
                    return False
                continue
            source, sink, answer = key.data
            piece = source.recv(_PIECE)
            while self._proxy.held and not self._stopping:
                os.read(self._told, 1)
            if self._stopping or self.doomed or not piece:
                return False
            allowed = self._proxy.decide(piece, answer=answer)
            sink.sendall(piece if allowed is None else piece[:allowed])
            if allowed is not None:
                return False
        return True


def _reset(end: socket.socket) -> None:
    """Close with a reset: the other side gets an error, not an end."""
    if end.family != socket.AF_UNIX:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    end.close()


def _says_committed(piece: bytes) -> bool:
    """Whether the server says, behind a COMMIT or a writing statement of its own, that no transaction is open."""
    idle = b"Z\0\0\0\x05I" in piece
    return idle and (b"COMMIT\0" in piece or b"INSERT 0 " in piece)
