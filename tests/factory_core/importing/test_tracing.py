"""What goes wrong inside a traced piece of work is told as it went wrong, and nothing of it lasts."""

from contextlib import suppress

import pytest
from django.db import DataError, connection, transaction

from factory_core.importing.services.tracing import forgetting, traced

pytestmark = pytest.mark.django_db


def asked(sentence: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sentence)
        return str(cursor.fetchone()[0])


def now_traced() -> str:
    return asked("SELECT current_setting('millwright.import_run', true)")


@pytest.mark.parametrize("told", [traced, forgetting])
def test_the_first_error_is_the_one_that_is_told(told: type) -> None:
    with pytest.raises(DataError, match="division by zero"), transaction.atomic(), told(7):
        asked("SELECT 1/0")
    assert now_traced() in ("", "None")


def test_after_an_error_of_our_own_nothing_is_traced_any_more() -> None:
    with suppress(KeyError), traced(7):
        assert now_traced() == "7"
        raise KeyError
    assert now_traced() == ""
