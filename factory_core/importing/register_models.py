"""Work on runs, acceptances that are signed, and openings: what the register is made of beside the runs themselves."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from factory_core.importing.models import ImportRun
from factory_core.importing.states import Meaning, OpeningStatus, Work, WorkStatus
from factory_core.plant.models import Site
from factory_core.tables import Projection, Record
from factory_core.words import known_word, word_field

_USER = settings.AUTH_USER_MODEL


class ImportWork(Projection):
    """The last thing that was asked of the worker for a run, and what came of it.

    `turn` counts what was asked: a job of an earlier turn does nothing any more.
    """

    scope_path = "run__site"
    view_capability = "import.view"

    run = models.OneToOneField(ImportRun, on_delete=models.CASCADE, related_name="work")
    turn = models.PositiveIntegerField(default=1)
    act = word_field(_("what"), Work)
    status = word_field(_("status"), WorkStatus, default=WorkStatus.ASKED)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    asked_at = models.DateTimeField(_("asked at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # Why it did not happen.
    sentence = models.TextField(blank=True, default="")
    # What a rehearsal would do.
    answer = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            known_word("act", Work, "import_work_act_known"),
            known_word("status", WorkStatus, "import_work_status_known"),
        ]


class Opening(Record):
    """The day on which a site goes live in this system, and the runs that brought what it opens with."""

    scope_path = "site"
    view_capability = "import.view"
    trail_label = ("opens_on",)

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    opens_on = models.DateField(_("opens on"))
    status = word_field(_("status"), OpeningStatus, default=OpeningStatus.OPEN, editable=False)
    note = models.CharField(_("note"), max_length=400, blank=True, default="")

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "opens_on"], name="opening_once"),
            known_word("status", OpeningStatus, "opening_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.opens_on}"


class OpeningRun(Record):
    """A run belongs to an opening; to one at most."""

    scope_path = "opening__site"
    view_capability = "import.view"

    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, related_name="members")
    run = models.OneToOneField(ImportRun, on_delete=models.PROTECT, related_name="membership")

    class Meta:
        verbose_name = _("run of an opening")
        verbose_name_plural = _("runs of openings")


class Acceptance(Record):
    """A signature under a run or an opening: who, when, what it means, and the digest of what was signed.

    It is never deleted; taken back it says by whom, when and why, and another one may follow.
    """

    scope_path = "site"
    view_capability = "import.view"

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, null=True, blank=True, related_name="acceptances")
    opening = models.ForeignKey(Opening, on_delete=models.PROTECT, null=True, blank=True, related_name="acceptances")
    meaning = word_field(_("meaning"), Meaning, default=Meaning.APPROVED)
    note = models.CharField(_("note"), max_length=400, blank=True, default="")
    signed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("signed by"))
    signed_at = models.DateTimeField(_("signed at"))
    content = models.JSONField(editable=False)
    digest = models.CharField(_("SHA-256"), max_length=64, editable=False)
    withdrawn_by = models.ForeignKey(
        _USER, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("taken back by")
    )
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=400, blank=True, default="")

    class Meta:
        verbose_name = _("acceptance")
        verbose_name_plural = _("acceptances")
        ordering = ["id"]
        constraints = [
            known_word("meaning", Meaning, "acceptance_meaning_known"),
            models.CheckConstraint(
                condition=Q(run__isnull=True, opening__isnull=False) | Q(run__isnull=False, opening__isnull=True),
                name="acceptance_of_one",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True)
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(reason="")),
                name="acceptance_taken_back_whole",
            ),
            models.UniqueConstraint(
                fields=["run"], condition=Q(withdrawn_at__isnull=True), name="acceptance_of_run_once"
            ),
            models.UniqueConstraint(
                fields=["opening"], condition=Q(withdrawn_at__isnull=True), name="acceptance_of_opening_once"
            ),
        ]

    def __str__(self) -> str:
        return self.digest[:12]
