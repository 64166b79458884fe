"""Printing labels: every print is written down, and from the second on the label says so."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext as _

from factory_core.access.policy import machine_ids, require, visible
from factory_core.errors import Invalid
from factory_core.events.services import publish
from factory_core.people.models import User
from factory_core.plant.models import Machine, Site
from inventory.labels import events
from inventory.labels.models import LabelPrint, LabelTemplate
from inventory.labels.queries.subjects import Labelled, labelled
from inventory.labels.queries.templates import NoSuchTemplate, template_of, templates_for
from inventory.labels.rules.codes import CannotEncode
from inventory.labels.rules.drawing import draw_label
from inventory.labels.rules.elements import Element
from inventory.labels.rules.zpl import zpl_label
from inventory.labels.services.faults import cannot_be_coded

PRINT = "inventory.label.print"
MOST_COPIES = 200


class BadCopies(Invalid):
    """One prints 1 to 200 labels at once."""

    code = "bad_copies"


@dataclass(frozen=True)
class Printed:
    """What was printed: the entry of the log, the drawing of one label, and the same for a Zebra printer."""

    entry: LabelPrint
    svg: str
    zpl: str


def print_labels(
    *,
    actor: User,
    subject: str,
    subject_id: int,
    at: datetime,
    template_code: str = "",
    copies: int = 1,
    quantity: Decimal | None = None,
) -> Printed:
    """Print labels of one thing. Without a template the one taken when nobody chooses.

    Raises NothingToLabel, NoSuchTemplate, BadCopies, CannotBeCoded.
    """
    require(actor, PRINT)
    if not 1 <= copies <= MOST_COPIES:
        raise BadCopies(
            _("%(copies)s copies cannot be printed at once. Expected 1 to %(most)d.")
            % {"copies": copies, "most": MOST_COPIES}
        )
    found = labelled(actor, subject, subject_id, at=at, quantity=quantity)
    if found.site is not None:
        require(actor, PRINT, found.site)
    template = chosen_template(actor, subject, template_code)
    # Two people printing at once are two prints: the second waits here and becomes the reprint.
    LabelTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    kind = found.thing._meta.label_lower
    before = LabelPrint.objects.filter(template=template, subject_kind=kind, subject_id=found.thing.pk)
    turn = (before.aggregate(last=Max("turn"))["last"] or 0) + 1
    svg, zpl = drawn(template, found, turn, copies)
    entry = LabelPrint.objects.create(
        template=template,
        site=found.site or _site_of(actor),
        subject_kind=kind,
        subject_id=found.thing.pk,
        subject_label=found.title[:120],
        copies=copies,
        turn=turn,
        at=at,
        by=actor,
    )
    told = events.LABELS_REPRINTED if turn > 1 else events.LABELS_PRINTED
    about = [found.thing] if entry.site is None else [found.thing, entry.site]
    publish(told, about=about, at=at, actor=actor, copies=copies, turn=turn, template=template.name)
    return Printed(entry, svg, zpl)


def chosen_template(actor: User, subject: str, code: str = "") -> LabelTemplate:
    """The template of this code, else the one taken when nobody chooses. Raises NoSuchTemplate."""
    if code:
        template = template_of(actor, code)
        if template.subject == subject and template.is_active:
            return template
        raise NoSuchTemplate(
            _("The label template %(name)s is not in use for this. It is a label of: %(subject)s.")
            % {"name": template.name, "subject": events.SUBJECT_WORDS[template.subject]}  # type: ignore[index]  # a word of LabelSubject, says the database
        )
    for template in templates_for(actor, subject):
        return template
    raise NoSuchTemplate(
        _("There is no label template for this yet. The IT administrator makes the usual ones under Labels.")
    )


def drawn(template: LabelTemplate, found: Labelled, turn: int = 1, copies: int = 1) -> tuple[str, str]:
    """One label as SVG, and all copies in the language of Zebra printers. Raises CannotBeCoded."""
    elements = [Element(**element) for element in template.elements]
    note = _("Reprint %(turn)d") % {"turn": turn} if turn > 1 else ""
    width, height = float(template.width_mm), float(template.height_mm)
    try:
        return (
            draw_label(width, height, elements, found.values, note),
            zpl_label(width, height, elements, found.values, note, copies),
        )
    except CannotEncode as fault:
        raise cannot_be_coded(fault) from fault


def _site_of(actor: User) -> Site | None:
    """Where somebody prints who prints something that belongs to the whole plant: the first place of theirs."""
    site = visible(actor, Site.objects.order_by("code"), PRINT).first()
    if site is not None:
        return site
    machine = (
        Machine.objects.filter(pk__in=machine_ids(actor, PRINT))
        .select_related("line__area__site")
        .order_by("pk")
        .first()
    )
    return machine.line.area.site if machine else None
