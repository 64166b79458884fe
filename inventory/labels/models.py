"""Label templates, and what was printed when by whom."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from factory_core.plant.models import Site
from factory_core.tables import PLANT_WIDE, Fact, Record
from factory_core.words import known_word, word_field
from inventory.labels.events import SUBJECT_WORDS
from inventory.labels.states import LabelSubject


class LabelTemplate(Record):
    """How a label of one kind of thing looks: its size in millimetres, and its rows of fields and codes."""

    scope_path = PLANT_WIDE
    view_capability = "inventory.label.print"

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    subject = word_field(_("label of"), LabelSubject)
    width_mm = models.DecimalField(_("width in mm"), max_digits=6, decimal_places=1)
    height_mm = models.DecimalField(_("height in mm"), max_digits=6, decimal_places=1)
    elements = models.JSONField(_("elements"), default=list)
    is_default = models.BooleanField(_("taken when nobody chooses"), default=False)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("label template")
        verbose_name_plural = _("label templates")
        ordering = ["code"]
        constraints = [
            known_word("subject", LabelSubject, "label_subject_known"),
            models.UniqueConstraint(
                fields=["subject"], condition=Q(is_default=True), name="label_one_default_a_subject"
            ),
            models.CheckConstraint(condition=Q(width_mm__gt=0) & Q(height_mm__gt=0), name="label_has_a_size"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject_word(self) -> str:
        """What it is a label of, in plain words."""
        return str(SUBJECT_WORDS[LabelSubject(self.subject)])


class LabelPrint(Fact):
    """Labels of one thing were printed; the second time says so on the label."""

    scope_path = "site"
    view_capability = "inventory.label.print"

    template = models.ForeignKey(LabelTemplate, on_delete=models.PROTECT, related_name="+", verbose_name=_("template"))
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("site"))
    subject_kind = models.CharField(_("kind of thing"), max_length=80)
    subject_id = models.BigIntegerField(_("thing"))
    subject_label = models.CharField(_("label of"), max_length=120)
    copies = models.PositiveIntegerField(_("copies"))
    # 1 is the first print; a higher number stands on the label.
    turn = models.PositiveIntegerField(_("print number"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    class Meta:
        verbose_name = _("printed label")
        verbose_name_plural = _("printed labels")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "subject_kind", "subject_id", "turn"], name="label_print_turn_once"
            ),
            models.CheckConstraint(condition=Q(copies__gt=0) & Q(turn__gt=0), name="label_print_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_label} × {self.copies}"
