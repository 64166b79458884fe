"""`manage.py gateway_enrol CODE`: registers a gateway and prints its token once."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from factory_core.access.identity import acting
from factory_core.clock import now
from factory_core.errors import Refusal
from factory_core.people.models import User
from factory_core.people.services import service_user
from factory_core.plant.models import Area, Line, Machine, Site
from telemetry.devices.models import Gateway
from telemetry.devices.services import (
    accept_history,
    enrol_directly,
    enrolment_lines,
    issue_enrolment_code,
    register_gateway,
)


class Command(BaseCommand):
    """Registers a gateway where it is not known yet, then prints its new token, or with --code a one-time code."""

    help = "Registers a gateway, prints its token once; --code prints a one-time enrolment code and what to write."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's words."""
        parser.add_argument("gateway", metavar="CODE", help="the gateway's code, for example press-hall-1")
        parser.add_argument("--place", metavar="CODE", default="", help="code of its site, or of a place there")
        parser.add_argument("--code", action="store_true", dest="only_code", help="print a one-time enrolment code")
        parser.add_argument("--history-from", metavar="DATE", help="accept readings as old as this day (2024-01-31)")
        parser.add_argument("--user", metavar="NAME", default="", help="who does it; the plant itself if not given")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the act and prints the one line that is never shown again."""
        actor = _actor(options["user"])
        history_from = _day(options["history_from"])
        try:
            with acting(actor, channel="cli"):
                gateway = Gateway.objects.filter(code=options["gateway"]).first()
                if gateway is None:
                    gateway = register_gateway(
                        actor=actor, code=options["gateway"], site=_site(options["place"]), at=now(),
                        history_from=history_from,
                    )  # fmt: skip
                elif history_from is not None:
                    accept_history(actor=actor, gateway_id=gateway.pk, history_from=history_from, at=now())
                give = issue_enrolment_code if options["only_code"] else enrol_directly
                secret = give(actor=actor, gateway_id=gateway.pk, at=now())
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(secret)
        if options["only_code"]:
            for line in enrolment_lines(secret, now()):
                self.stderr.write(line)


def _actor(name: str) -> User:
    if not name:
        return service_user("plant")
    actor = User.objects.filter(username=name).first()
    if actor is None:
        raise CommandError(f"There is no user '{name}'.")
    return actor


def _site(code: str) -> Site:
    if not code:
        sites = list(Site.objects.all()[:2])
        if len(sites) != 1:
            raise CommandError("This plant has several sites or none. Name one with --place CODE.")
        return sites[0]
    if (site := Site.objects.filter(code=code).first()) is not None:
        return site
    if (area := Area.objects.filter(code=code).select_related("site").first()) is not None:
        return area.site
    if (line := Line.objects.filter(code=code).select_related("area__site").first()) is not None:
        return line.area.site
    if (machine := Machine.objects.filter(code=code).select_related("line__area__site").first()) is not None:
        return machine.line.area.site
    raise CommandError(f"There is no place '{code}'.")


def _day(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--history-from is '{text}'; expected a day like 2024-01-31.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
