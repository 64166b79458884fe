"""Place grants: guardian's own direct-key tables, one a level, so that lists join on integers."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from factory_core.plant.models import Area, Line, Machine, Place, Site
from factory_core.tables import PLANT_WIDE, TableKind


class Grant(UserObjectPermissionBase):
    """This person holds this role (a permission `as_<role>`) at this place."""

    content_object: Place

    table_kind = TableKind.RECORD
    scope_path = PLANT_WIDE
    view_capability = "people.view"

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.user} · {self.permission.codename} · {self.content_object}"


class SiteGrant(Grant):
    content_object = models.ForeignKey(Site, on_delete=models.PROTECT, verbose_name=_("place"))


class AreaGrant(Grant):
    content_object = models.ForeignKey(Area, on_delete=models.PROTECT, verbose_name=_("place"))


class LineGrant(Grant):
    content_object = models.ForeignKey(Line, on_delete=models.PROTECT, verbose_name=_("place"))


class MachineGrant(Grant):
    content_object = models.ForeignKey(Machine, on_delete=models.PROTECT, verbose_name=_("place"))
