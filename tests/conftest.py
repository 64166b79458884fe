"""What every test shares."""

from tests import database

database.settle()
