"""Migrations of the floor, and how a migration that brings many tables is applied."""

from itertools import takewhile
from typing import Any

from django.db.migrations import CreateModel, Migration


class NewTables(Migration):
    """A migration that begins with making tables: their models are built once, not anew for each table.

    Django builds every model that is connected to a new one again, table after table; in a house where everything
    hangs together that was most of the first start. Operations after the tables are applied as ever.
    """

    def apply(self, project_state: Any, schema_editor: Any, collect_sql: bool = False) -> Any:
        """As Django's; gives the state with all of it."""
        operations = self.operations
        tables = list(takewhile(lambda one: isinstance(one, CreateModel), operations))
        # Built models would be built again with every table; without them only the description grows.
        project_state.__dict__.pop("apps", None)
        for table in tables:
            table.state_forwards(self.app_label, project_state)
        for table in tables:
            table.database_forwards(self.app_label, schema_editor, project_state, project_state)
        try:
            self.operations = operations[len(tables) :]
            return super().apply(project_state, schema_editor, collect_sql)
        finally:
            self.operations = operations
