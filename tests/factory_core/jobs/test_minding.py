"""The worker ends when it is asked to, even if the database is away and swallows the asking."""

import asyncio

import pytest
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from factory_core.management.commands import work


async def test_minding_lost_jobs_ends_though_its_cancelling_was_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = asyncio.Event()

    async def away(*_args: object, **_more: object) -> int:
        waits.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError as asked:
            # As the pool of connections does when a connection fails at that very moment.
            raise ConnectorException from asked
        return 0

    monkeypatch.setattr(work, "take_back_lost_jobs", away)
    ended = asyncio.Event()
    minding = asyncio.create_task(work.mind_lost_jobs(app, ended))
    await asyncio.wait_for(waits.wait(), 5)
    ended.set()
    minding.cancel()
    done, _waiting = await asyncio.wait({minding}, timeout=work.SIGN_OF_LIFE_S + 5)
    assert done == {minding}
