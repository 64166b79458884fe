"""`manage.py authority init|show|renew`: the plant's own certificate authority."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from factory_core.clock import now
from telemetry.devices.authority.keeper import Authority, AuthorityError
from telemetry.devices.models import GatewayCertificate


class Command(BaseCommand):
    """Makes, shows and renews the authority; `up` makes it by itself."""

    help = "Make, show or renew the plant's certificate authority (its files are in DATA_DIR/authority)."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command's words."""
        parser.add_argument("act", choices=("init", "show", "renew"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the act and tells how the authority is."""
        at = now()
        try:
            authority = Authority.of(settings.DATA_DIR)
            if options["act"] == "init" and not authority.ensure(at):
                self.stdout.write("There is an authority already; nothing was changed.")
            if options["act"] == "renew":
                authority.renew(at)
                self.stdout.write("The issuing certificate was renewed; everything it signed stays good.")
            self._show(authority)
        except (AuthorityError, OSError) as error:
            raise CommandError(str(error)) from error

    def _show(self, authority: Authority) -> None:
        root, issuing = authority.root(), authority.issuing_certificate()
        listed_at = authority.list_written_at()
        where = "here" if authority.has_root_key() else "in a safe place"
        self.stdout.write(f"Fingerprint (SHA-256): {authority.fingerprint()}")
        self.stdout.write(f"Root:     {root.subject.rfc4514_string()}, until {root.not_valid_after_utc:%Y-%m-%d}")
        self.stdout.write(f"Issuing:  {issuing.subject.rfc4514_string()}, until {issuing.not_valid_after_utc:%Y-%m-%d}")
        self.stdout.write(f"Root key: {where}. Files: {authority.folder}")
        revoked = len(authority.revoked_serials())
        self.stdout.write(f"Revoked:  {revoked} certificates in the list of {listed_at:%Y-%m-%d %H:%M} UTC")
        try:
            good = GatewayCertificate.objects.filter(revoked_at=None, not_after__gt=now()).count()
        except DatabaseError:
            # The authority is files: it can be looked at while the database is down.
            return
        self.stdout.write(f"Gateways: {good} good certificates")
