"""`manage.py create_user NAME --role ROLE [--place CODE] [--superuser] [--password-stdin]`."""

import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from factory_core.access.identity import acting
from factory_core.access.policy import LEVELS
from factory_core.access.roles import ROLES
from factory_core.access.services import join
from factory_core.errors import Refusal
from factory_core.people.services import create_user, service_user
from factory_core.plant.models import Place, Site


class Command(BaseCommand):
    help = "Adds a person, gives a role at a place (without --place: at every site) and prints the password once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--role", choices=sorted(ROLES), help="the role to give; needed unless --superuser")
        parser.add_argument("--place", metavar="CODE", help="code of the site, area, line or machine")
        parser.add_argument("--superuser", action="store_true", help="may do everything")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        role, code = options["role"], options["place"]
        if role is None and not options["superuser"]:
            raise CommandError("Say what the person may do: --role ROLE, or --superuser.")
        if role is None and code is not None:
            raise CommandError("--place needs --role.")
        password = self._password(given=options["password_stdin"])
        actor = service_user("command-line")
        try:
            with acting(actor, channel="cli"):
                places = self._places(code) if role else []
                user = create_user(
                    actor=actor, username=options["name"], password=password, superuser=options["superuser"]
                )
                for place in places:
                    join(actor=actor, user=user, role=role, place=place)
        except ValidationError as fault:
            raise CommandError(" ".join(fault.messages)) from fault
        except Refusal as no:
            raise CommandError(no.sentence) from no
        if not options["password_stdin"]:
            self.stdout.write(f"Password of {user.username} (shown only now): {password}")
        where = ", ".join(place.code for place in places)
        self.stderr.write(f"{user.username} was added{f' as {role} at {where}' if role else ''}.")

    def _password(self, *, given: bool) -> str:
        if not given:
            return secrets.token_urlsafe(12)
        password = sys.stdin.readline().rstrip("\r\n")
        try:
            validate_password(password)
        except ValidationError as fault:
            raise CommandError(" ".join(fault.messages)) from fault
        return password

    def _places(self, code: str | None) -> list[Place]:
        if code is None:
            sites: list[Place] = list(Site.objects.filter(is_active=True))
            if not sites:
                raise CommandError("There is no site yet to hold a role at. Set one up first, or use --superuser.")
            return sites
        found: list[Place] = []
        for level in LEVELS:
            rows: QuerySet[Any] = level._default_manager.filter(code=code)
            found.extend(rows)
        if not found:
            raise CommandError(f"There is no site, area, line or machine with the code '{code}'.")
        if len(found) > 1:
            kinds = ", ".join(sorted(str(place._meta.verbose_name) for place in found))
            raise CommandError(f"The code '{code}' belongs to several places ({kinds}). Make the codes differ first.")
        return found
