"""Print how to sign in to the demo plant."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from factory_core.cockpit.demo.load import read_accounts


class Command(BaseCommand):
    """`manage.py demo_accounts`."""

    help = "Print the accounts of the demo plant."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line an account."""
        file = settings.DATA_DIR / "demo" / "accounts.json"
        if not settings.PLANT_IS_DEMO or not file.exists():
            raise CommandError("There are no demo accounts: this plant is not a demo.")
        base = f"http://{settings.BIND}:{settings.PORT}"
        accounts = read_accounts(file)
        print("Sign in (demo accounts, made for this installation only):")
        print(f"  {'user':<8} {'password':<14} {'PIN':<5} {'badge':<13} role, place")
        for account in accounts:
            if account.password:
                print(
                    f"  {account.username:<8} {account.password:<14} {account.pin:<5} {account.badge or '–':<13}"
                    f" {account.role}, {account.place}"
                )
        for account in accounts:
            if account.link:
                print(f"  {account.name}: {base}{account.link}")
