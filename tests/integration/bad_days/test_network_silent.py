"""The network swallows everything and says nothing. A network of the process's own can be taken down like that."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.integration.support import assert_sound

from .server import PrivateServer

_IN_A_NETWORK_OF_ITS_OWN = """
import subprocess, sys
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreError
from sqlalchemy.engine import make_url
from tests.integration.bad_days.proxy import Proxy
from tests.integration.support import restrict

def network(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)

network("up")
proxy = Proxy(sys.argv[1])
url = make_url(sys.argv[2]).set(host="127.0.0.1", port=proxy.port, query={"tcp_user_timeout": "300", "connect_timeout": "2"})
sanctions = Sanctions.open(url.render_as_string(hide_password=False))
sanctions.execute(restrict("gh_1", sanction="s-1"))
for work in (
    lambda: sanctions.may("gh_1", "mass_send").because,
    lambda: sanctions.execute(restrict("gh_2", command_id="c-2")).status,
):
    network("down")
    try:
        print("answered", work())
    except StoreError as error:
        print(error.code, error.retriable)
    network("up")
    print(work())
"""


def _namespaces() -> bool:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    return not subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode


@pytest.mark.skipif(not _namespaces(), reason="private networks need the rights of root and iproute2")
def test_server_that_says_nothing_more_is_given_up_and_found_again(private_server: PrivateServer) -> None:
    url = private_server.fresh()
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", _IN_A_NETWORK_OF_ITS_OWN, private_server.socket, url],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.decode().splitlines() == ["server_down True", "('s-1',)", "server_down True", "accepted"], done
    assert_sound(url)
