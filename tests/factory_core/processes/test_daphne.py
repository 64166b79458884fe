"""The other web server: `WEB_SERVER=daphne` serves pages and the live socket of the same plant."""

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable

import pytest
from websockets.sync.client import connect

from tests.factory_core.processes.box import Box, started_before

pytestmark = [pytest.mark.plant, pytest.mark.timeout(600)]


def test_sign_in_floor_and_live_socket_work_on_daphne(new_box: Callable[..., Box]) -> None:
    box = new_box(data_dir=started_before(), extra={"WEB_SERVER": "daphne"}).start()
    box.wait_ready()
    assert any("daphne" in " ".join(process.cmdline()) for process in box.family())
    done = box.manage("shell", "-v0", "-c", "from tests.stories.people import set_up; set_up()")
    assert done.returncode == 0, done.stderr
    known = json.loads(done.stdout)

    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
    form = browser.open(f"{box.url}/sign-in/", timeout=60).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token is not None
    given = {"username": known["names"]["supervisor"], "password": known["password"], "csrfmiddlewaretoken": token[1]}
    answer = browser.open(f"{box.url}/sign-in/", urllib.parse.urlencode(given).encode(), timeout=60)
    page = answer.read().decode()
    assert answer.status == 200
    assert "Press 1" in page

    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    address = f"ws://127.0.0.1:{box.port}/ws/live/?topics=floor,health"
    with connect(address, origin=box.url, additional_headers={"Cookie": cookies}, proxy=None) as socket:  # type: ignore[arg-type]  # any text is an origin
        heard = {json.loads(socket.recv(timeout=60))["t"] for _ in range(6)}
    assert "hb" in heard
    assert heard & {"state", "changed"}, f"nothing lives: {heard}"
