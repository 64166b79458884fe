"""`manage.py create_token USER [--scope read|write] [--days N]`: prints a personal API token once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from factory_core.access.identity import acting
from factory_core.errors import Refusal
from factory_core.people.models import User, UserKind
from factory_core.people.services import create_token, service_user

SCOPES = ("read", "write")
LONGEST_DAYS = 3650


class Command(BaseCommand):
    help = "Makes a personal API token and prints it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER", help="user name")
        parser.add_argument(
            "--scope", action="append", choices=SCOPES, help="may be given twice; read alone by default"
        )
        parser.add_argument("--days", type=int, default=90, help="how long it is valid (90)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= LONGEST_DAYS:
            raise CommandError(f"--days is between 1 and {LONGEST_DAYS}.")
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user '{options['user']}'.")
        if not user.is_active or user.kind == UserKind.SERVICE:
            raise CommandError(f"'{user.username}' is disabled or a service; a token would open nothing.")
        actor = service_user("command-line")
        try:
            with acting(actor, channel="cli"):
                secret = create_token(
                    actor=actor, user=user, scopes=sorted(set(options["scope"] or ["read"])), days=options["days"]
                )
        except Refusal as no:
            raise CommandError(no.sentence) from no
        self.stdout.write(secret)
