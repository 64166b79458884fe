"""The ground under all other tests: a real PostgreSQL of our own."""

import pytest
from django.db import connection

from tests import database


@pytest.mark.django_db
def test_tests_run_in_their_own_database_on_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_setting('server_version_num')::int >= 150000")
        assert cursor.fetchone() == (database.name(), True)
