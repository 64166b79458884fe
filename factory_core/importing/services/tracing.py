"""Tell the database which import run the work of this transaction belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg.pq import TransactionStatus


@contextmanager
def traced(run_id: int) -> Iterator[None]:
    """Everything changed inside leaves its row as it was in the trace of the run; needs a transaction."""
    with _told("millwright.import_run", run_id):
        yield


@contextmanager
def forgetting(run_id: int) -> Iterator[None]:
    """Facts that this run added may go again inside, and no others; the run must stand as UNDOING."""
    with _told("millwright.undo_run", run_id):
        yield


@contextmanager
def _told(name: str, run_id: int) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, str(run_id)])
    try:
        yield
    finally:
        # A transaction that failed has forgotten it by itself; what it said to another word would hide why it failed.
        if not connection.needs_rollback and _takes_words():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config(%s, '', true)", [name])


def _takes_words() -> bool:
    """Whether the database still listens: after an error it refuses everything until the transaction is taken back."""
    there = connection.connection
    return there is not None and not there.closed and there.info.transaction_status != TransactionStatus.INERROR
