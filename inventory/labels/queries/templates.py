"""Templates one may use, and what was printed."""

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from factory_core.access.policy import visible
from factory_core.errors import Missing
from factory_core.people.models import User
from inventory.labels.models import LabelPrint, LabelTemplate


class NoSuchTemplate(Missing):
    """There is no label template of this code in use, or none for this kind of thing."""

    code = "no_such_template"


def templates_seen(actor: User) -> QuerySet[LabelTemplate]:
    """Every template the actor may use, by kind of thing and code."""
    return visible(actor, LabelTemplate.objects.order_by("subject", "code"))


def template_of(actor: User, code: str) -> LabelTemplate:
    """A template by its code. Raises NoSuchTemplate."""
    found = templates_seen(actor).filter(code=code).first()
    if found is None:
        raise NoSuchTemplate(_("There is no label template '%(code)s' that you may use.") % {"code": code[:40]})
    return found


def templates_for(actor: User, subject: str) -> list[LabelTemplate]:
    """The templates in use for a kind of thing, the one taken when nobody chooses first."""
    return list(templates_seen(actor).filter(subject=subject, is_active=True).order_by("-is_default", "code"))


def prints_seen(actor: User) -> QuerySet[LabelPrint]:
    """What was printed, newest first."""
    return visible(actor, LabelPrint.objects.select_related("template", "by", "site").order_by("-id"))


def prints_of(actor: User, thing: Model) -> QuerySet[LabelPrint]:
    """What was printed of one thing, newest first."""
    return prints_seen(actor).filter(subject_kind=thing._meta.label_lower, subject_id=thing.pk)
