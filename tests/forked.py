"""The command line at the price of a fork: a process that has imported the package once answers for `account-sanctions`.

`program()` makes a folder with a program of that name to put first on the PATH. It hands its arguments, folder, environment
and standard streams to the process, which forks; what runs is `main`, between the same pipes and files, and ends with the same
status. Only the start of the interpreter and the imports are saved. A signal to the program does not reach the fork: tests that
kill start real processes.
"""

from __future__ import annotations

import array
import gc
import marshal
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NoReturn

__all__ = ["program"]

_ROOT: Final = Path(__file__).resolve().parents[1]
# Without site and without a module that is not built in: it is to cost nothing.
_ASKING: Final = """#!{python} -IS
import _socket, marshal, os, sys
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({address!r})
said = marshal.dumps((sys.argv, os.getcwdb(), dict(os.environb)))
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
server.sendmsg([len(said).to_bytes(8, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
while said:
    said = said[server.send(said):]
status = int(server.recv(16) or b"-9")
if status < 0:
    os.kill(os.getpid(), -status)
os._exit(status)
"""


@contextmanager
def program() -> Iterator[Path]:
    """A folder in which `account-sanctions` is answered for by one process, until the block ends."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        address = str(folder / "socket")
        asking = folder / "bin" / "account-sanctions"
        asking.parent.mkdir()
        asking.write_text(_ASKING.format(python=sys.executable, address=address), encoding="utf-8")
        asking.chmod(asking.stat().st_mode | stat.S_IXUSR)
        command = [sys.executable, "-m", "tests.forked", address]
        with subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as server:
            try:
                assert server.stdout is not None
                assert server.stdout.readline() == b"ready\n", "the process did not start"
                yield asking.parent
            finally:
                server.terminate()


def _serve(address: str) -> NoReturn:
    from account_sanctions.application.cli.listing import MODULES, load

    for command in MODULES:
        load(command)
    for module in ("application.sanctions", "application.reports", "application.verifying", "infrastructure.postgres"):
        import_module(f"account_sanctions.{module}")
    for module in ("rich.console", "rich.table", "sqlalchemy.dialects.sqlite", "sqlite3"):
        import_module(module)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        os.write(1, b"ready\n")
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        while True:
            asked, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _answer(asked)
            asked.close()
            _reap()


def _reap() -> None:
    """Those that have ended; they were waited for by their own parents."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _answer(asked: socket.socket) -> NoReturn:
    """The command runs in a child, so that one that is killed has a status too."""
    size, rights, _, _ = asked.recvmsg(8, socket.CMSG_SPACE(3 * 4))
    streams = array.array("i", rights[0][2])
    said = b""
    while len(said) < int.from_bytes(size, "big"):
        said += asked.recv(1 << 20)
    running = os.fork()
    if running == 0:
        asked.close()
        arguments, folder, environment = marshal.loads(said)  # noqa: S302 - said by the program above
        _run(list(streams), arguments, folder, environment)
    _, ended = os.waitpid(running, 0)
    asked.sendall(str(os.waitstatus_to_exitcode(ended)).encode())
    os._exit(0)


def _run(streams: list[int], arguments: list[str], folder: bytes, environment: dict[bytes, bytes]) -> NoReturn:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environb.clear()
    os.environb.update(environment)
    sys.argv = arguments
    status = 0
    from account_sanctions.application.cli import main

    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])
