"""People, and the services and terminals that act or look on under a name of their own."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from factory_core.tables import PLANT_WIDE, TableKind


class UserKind(models.TextChoices):
    PERSON = "person", _("person")
    SERVICE = "service", _("service of the plant")
    TERMINAL = "terminal", _("terminal")


class User(AbstractUser):
    """Whoever can stand in the trail. A person who leaves is disabled, never deleted."""

    table_kind = TableKind.RECORD
    scope_path = PLANT_WIDE
    view_capability = "people.view"

    kind = models.CharField(_("kind"), max_length=10, choices=UserKind.choices, default=UserKind.PERSON)
    display_name = models.CharField(_("name shown"), max_length=80, blank=True)
    badge = models.CharField(_("badge"), max_length=64, unique=True, null=True, blank=True)
    pin = models.CharField(_("PIN (hashed)"), max_length=128, blank=True, editable=False)
    language = models.CharField(_("language"), max_length=8, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=UserKind.values), name="user_kind_known"),
            # A service that could sign in would be a person nobody answers for.
            models.CheckConstraint(
                condition=~models.Q(kind=UserKind.SERVICE) | models.Q(is_active=False),
                name="user_service_never_signs_in",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What people see: the chosen name, else the given names, else the user name."""
        return self.display_name or self.get_full_name() or self.username


class ApiToken(models.Model):
    """A personal token, kept only as its hash; shown once when made."""

    table_kind = TableKind.RECORD
    scope_path = PLANT_WIDE
    view_capability = "people.view"

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name or str(self.pk)
