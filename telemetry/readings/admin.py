"""What was refused, lost or could not be read, in the administration; only looked at."""

from django.contrib import admin

from factory_core.web.admin import PlantAdmin
from telemetry.readings.models import DeadLetter, Gap, QuarantinedReading


@admin.register(QuarantinedReading)
class QuarantinedReadingAdmin(PlantAdmin):
    group = "looks"
    list_display = ("received_at", "tag_name", "code", "at", "seq", "raw")
    list_filter = ("code",)
    search_fields = ("tag_name",)
    ordering = ("-id",)


@admin.register(Gap)
class GapAdmin(PlantAdmin):
    group = "looks"
    list_display = ("received_at", "stream", "from_seq", "to_seq", "reason")
    list_filter = ("reason",)
    list_select_related = ("stream",)
    ordering = ("-id",)


@admin.register(DeadLetter)
class DeadLetterAdmin(PlantAdmin):
    group = "looks"
    list_display = ("received_at", "gateway", "source", "error", "beginning")
    list_select_related = ("gateway",)
    fields = ("received_at", "gateway", "source", "error", "beginning")
    ordering = ("-id",)

    @admin.display(description="body")
    def beginning(self, letter: DeadLetter) -> str:
        """The first characters of the body."""
        return bytes(letter.body)[:300].decode(errors="replace")
