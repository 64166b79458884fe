"""Acts on readings besides storing them: to remember that somebody looked."""

from datetime import datetime

from django.db import connection

from telemetry.devices.models import Tag


def note_use(tag: Tag, at: datetime) -> None:
    """Remember that somebody looked at a tag's readings; written at most once a day and tag."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telemetry_taguse (tag_id, read_on) VALUES (%s, %s) ON CONFLICT (tag_id)"
            " DO UPDATE SET read_on = excluded.read_on WHERE telemetry_taguse.read_on < excluded.read_on",
            [tag.pk, at.date()],
        )
