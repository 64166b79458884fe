"""What audit brings to the house."""

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit.trail.checks import check_triggers, guards_part
        from audit.trail.wording import tell_history
        from factory_core.processes.offers import offer_part
        from factory_core.web.histories import tell_with
        from factory_core.web.navigation import Entry, offer

        register(check_triggers, Tags.database)
        offer_part(guards_part)
        tell_with(tell_history)
        offer(Entry("/trail/", _("Trail"), "trail.all", 90))
        post_migrate.connect(_guard_tables, sender=self, dispatch_uid="audit.guard_tables")


def _guard_tables(**_kwargs: Any) -> None:
    from audit.trail.triggers import install_triggers

    install_triggers()
