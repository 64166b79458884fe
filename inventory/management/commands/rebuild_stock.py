"""`manage.py rebuild_stock`: balances and values of stock, made again from moves and value entries."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inventory.stock.queries.differences import Differences, balance_differences, value_differences
from inventory.stock.services.rebuilding import rebuild_balances, rebuild_values


class Command(BaseCommand):
    help = "Compares balances and values of stock with their moves and entries, and puts right what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only look; exit 1 when something differs")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            found = self._told(balance_differences() + value_differences())
            if found:
                raise CommandError(f"{found} differences. Without --check they are put right.")
            return
        self._told(rebuild_balances() + rebuild_values())
        left = balance_differences() + value_differences()
        if left.count:
            self._told(left)
            raise CommandError(f"{left.count} differences cannot be rebuilt: their facts contradict each other.")

    def _told(self, found: Differences) -> int:
        for difference in found.first:
            self.stdout.write(str(difference))
        if found.count > len(found.first):
            self.stdout.write(f"… {found.count} rows differ in all")
        if not found.count:
            self.stdout.write("Balances and values are what moves and entries say.")
        return found.count
