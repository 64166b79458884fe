"""Designing label templates."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from factory_core.access.policy import require, visible
from factory_core.errors import Invalid, Refused, StaleVersion
from factory_core.events.services import publish
from factory_core.people.models import User
from inventory.labels import events
from inventory.labels.models import LabelTemplate
from inventory.labels.queries.templates import NoSuchTemplate
from inventory.labels.rules.defaults import DEFAULTS
from inventory.labels.rules.elements import LEAST_MM, MOST_MM, BadElements, as_json, read_elements
from inventory.labels.services.faults import bad_template
from inventory.labels.states import LabelSubject

MANAGE = "inventory.label.manage"
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z")


class BadLabelSize(Invalid):
    """A label is 5 to 500 mm wide and high."""

    code = "bad_label_size"


class BadTemplateCode(Invalid):
    """The code of a template is letters, digits, - and _."""

    code = "bad_template_code"


class TemplateExists(Refused):
    """Another template has this code."""

    code = "label_template_exists"


def create_template(
    *,
    actor: User,
    code: str,
    name: str,
    subject: str,
    width_mm: Decimal,
    height_mm: Decimal,
    elements: Any,
    at: datetime,
    is_default: bool = False,
) -> LabelTemplate:
    """Make a template. Raises BadTemplate, BadLabelSize, BadTemplateCode, TemplateExists."""
    require(actor, MANAGE)
    if not _CODE.match(code):
        raise BadTemplateCode(
            _("'%(code)s' cannot be the code of a template. Expected up to 40 letters, digits, - and _.")
            % {"code": code[:60]}
        )
    if subject not in list(LabelSubject):
        raise Invalid(
            _("Labels of '%(subject)s' are unknown. Expected one of: %(known)s.")
            % {"subject": subject[:20], "known": ", ".join(LabelSubject)}
        )
    if LabelTemplate.objects.filter(code=code).exists():
        raise TemplateExists(_("There is a label template '%(code)s' already. Take another code.") % {"code": code})
    kept = _read(elements, subject, width_mm, height_mm)
    if is_default:
        _no_other_default(subject)
    template = LabelTemplate.objects.create(
        code=code,
        name=name.strip() or code,
        subject=subject,
        width_mm=width_mm,
        height_mm=height_mm,
        elements=kept,
        is_default=is_default,
    )
    publish(events.TEMPLATE_CREATED, about=[template], at=at, actor=actor)
    return template


def change_template(
    *,
    actor: User,
    template_id: int,
    at: datetime,
    version: int | None = None,
    name: str | None = None,
    width_mm: Decimal | None = None,
    height_mm: Decimal | None = None,
    elements: Any = None,
    is_default: bool | None = None,
    is_active: bool | None = None,
) -> LabelTemplate:
    """Change what a template says; what is not given stays. Raises StaleVersion, BadTemplate, BadLabelSize."""
    require(actor, MANAGE)
    template = visible(actor, LabelTemplate.objects.select_for_update(no_key=True)).filter(pk=template_id).first()
    if template is None:
        raise NoSuchTemplate(_("There is no such label template that you may use."))
    if version is not None and version != template.version:
        raise StaleVersion(
            _("The template %(name)s was changed in the meantime. Compare, then save again.") % {"name": template.name},
            current={
                "version": template.version,
                "name": template.name,
                "width_mm": f"{template.width_mm:f}",
                "height_mm": f"{template.height_mm:f}",
                "elements": len(template.elements),
            },
        )
    width, height = width_mm or template.width_mm, height_mm or template.height_mm
    given = template.elements if elements is None else elements
    template.elements = _read(given, template.subject, width, height)
    template.width_mm, template.height_mm = width, height
    template.name = template.name if name is None else name.strip() or template.code
    template.is_active = template.is_active if is_active is None else is_active
    if is_default is not None:
        if is_default and not template.is_default:
            _no_other_default(template.subject)
        template.is_default = is_default
    template.version += 1
    template.save(
        update_fields=[
            "name", "width_mm", "height_mm", "elements", "is_default", "is_active", "version", "updated_at",
        ]
    )  # fmt: skip
    publish(events.TEMPLATE_CHANGED, about=[template], at=at, actor=actor)
    return template


def make_default_templates(*, actor: User, at: datetime) -> list[LabelTemplate]:
    """One template for each kind of thing that has none yet; answers those made now."""
    require(actor, MANAGE)
    known = set(LabelTemplate.objects.values_list("subject", flat=True))
    codes = set(LabelTemplate.objects.values_list("code", flat=True))
    return [
        create_template(
            actor=actor,
            code=default.code,
            name=str(events.SUBJECT_WORDS[LabelSubject(default.subject)]).capitalize(),
            subject=default.subject,
            width_mm=Decimal(str(default.width_mm)),
            height_mm=Decimal(str(default.height_mm)),
            elements=default.elements,
            is_default=True,
            at=at,
        )
        for default in DEFAULTS
        if default.subject not in known and default.code not in codes
    ]


def _read(elements: Any, subject: str, width_mm: Decimal, height_mm: Decimal) -> list[dict[str, Any]]:
    for length in (width_mm, height_mm):
        if not LEAST_MM <= length <= MOST_MM:
            raise BadLabelSize(
                _("A label of %(width)s × %(height)s mm cannot be printed. Expected %(least)d to %(most)d mm.")
                % {"width": width_mm, "height": height_mm, "least": LEAST_MM, "most": MOST_MM}
            )
    try:
        return as_json(read_elements(elements, subject, _mm(width_mm), _mm(height_mm)))
    except BadElements as fault:
        raise bad_template(fault.faults) from fault


def _mm(length: Decimal) -> float:
    # A drawing, not an amount.
    return float(length)


def _no_other_default(subject: str) -> None:
    for other in LabelTemplate.objects.select_for_update(no_key=True).filter(subject=subject, is_default=True):
        other.is_default = False
        other.version += 1
        other.save(update_fields=["is_default", "version", "updated_at"])
