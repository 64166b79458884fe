"""Long work runs aside at a low priority, on a connection of its own; what it raises is raised."""

import os
import threading

import psutil
import pytest
from django.db import connection, transaction

from factory_core.jobs.aside import aside


def server() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_thread_and_server_give_way_and_end_with_the_work() -> None:
    seen: dict[str, int] = {}

    def work() -> None:
        seen["thread"] = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        seen["pid"] = server()
        seen["server"] = psutil.Process(seen["pid"]).nice()

    mine = server()
    before = psutil.Process(mine).nice()
    aside(work)
    assert seen["thread"] == 15
    assert seen["pid"] != mine
    assert seen["server"] in (15, before)  # another account's server keeps its own, unless we are root
    if os.geteuid() == 0:
        assert seen["server"] == 15
    assert psutil.Process(mine).nice() == before
    assert os.getpriority(os.PRIO_PROCESS, 0) < 15


@pytest.mark.django_db(transaction=True)
def test_what_it_raises_is_raised_here() -> None:
    def work() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        aside(work)


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_it_is_simply_done() -> None:
    with transaction.atomic():
        mine, seen = server(), []
        aside(lambda: seen.append(server()))
    assert seen == [mine]
