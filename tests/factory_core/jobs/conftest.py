"""The queue of these tests."""

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture
def empty_queue(transactional_db: None) -> Iterator[None]:
    """Real transactions and no jobs but the test's own: the queue's tables are not emptied between tests."""
    _empty()
    yield
    _empty()


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")
