"""The other web server: `WEB_SERVER=daphne` serves pages and the live socket of the same plant."""

import http.cookiejar
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable

import pytest
from websockets.sync.client import connect

from tests.factory_core.processes.box import Box

pytestmark = pytest.mark.plant


def test_sign_in_floor_and_live_socket_work_on_daphne(new_box: Callable[..., Box]) -> None:
    box = new_box(extra={"WEB_SERVER": "daphne"}, options=()).start()
    box.wait_ready()
    assert any("daphne" in " ".join(process.cmdline()) for process in box.family())
    accounts = json.loads((box.data_dir / "demo" / "accounts.json").read_text())
    password = next(account["password"] for account in accounts if account["username"] == "sofia")

    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
    form = browser.open(f"{box.url}/sign-in/", timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    assert token is not None
    given = {"username": "sofia", "password": password, "csrfmiddlewaretoken": token[1]}
    answer = browser.open(f"{box.url}/sign-in/", urllib.parse.urlencode(given).encode(), timeout=20)
    page = answer.read().decode()
    assert answer.status == 200
    assert "CNC 01" in page

    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar)
    address = f"ws://127.0.0.1:{box.port}/ws/live/?topics=floor,health"
    with connect(address, origin=box.url, additional_headers={"Cookie": cookies}, proxy=None) as socket:  # type: ignore[arg-type]  # any text is an origin
        heard = {json.loads(socket.recv(timeout=15))["t"] for _ in range(6)}
    assert "hb" in heard
    assert heard & {"state", "changed"}, f"nothing lives: {heard}"
