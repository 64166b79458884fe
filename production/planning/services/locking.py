"""One plan of a site at a time; orders made of its proposals wait while it is computed, and it waits for them."""

from django.db import connection

from factory_core.plant.models import Site

# Which kind of lock: the number is this room's own.
_PLAN = 4_610


def alone(site: Site) -> None:
    """Until the end of the transaction no other run of the site and no firming: what is read stays what is planned."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_PLAN, site.pk])


def beside_others(site: Site) -> None:
    """Until the end of the transaction no run of the site reads or writes; several people may firm at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [_PLAN, site.pk])
