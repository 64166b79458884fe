"""The figures of the ingest process are for the machine it runs on."""

import pytest

from telemetry.ingest.app import ROUTES
from telemetry.ingest.http import Problem, Request


def asked_from(address: str) -> Request:
    async def nothing() -> dict:
        return {"type": "http.request"}

    return Request({"method": "GET", "path": "/metrics", "headers": [], "client": (address, 4000)}, nothing)


async def test_they_are_told_here() -> None:
    answer = await ROUTES["GET", "/metrics"](None, asked_from("127.0.0.1"))
    assert answer.status == 200
    assert b"millwright_ingest_commits_total" in answer.body


@pytest.mark.parametrize("address", ["10.0.0.9", "192.168.1.7", "", "fe80::1"])
async def test_nobody_in_the_network_gets_them(address: str) -> None:
    with pytest.raises(Problem) as refused:
        await ROUTES["GET", "/metrics"](None, asked_from(address))
    assert refused.value.status == 404
