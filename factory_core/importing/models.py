"""Import runs, the rows they staged, what they did to the tables, and what people taught the importer."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from factory_core.importing.states import Act, RowStatus, RunStatus
from factory_core.plant.models import Site
from factory_core.tables import PLANT_WIDE, Projection, Record
from factory_core.words import known_word, word_field


class ImportRun(Record):
    """One file on its way into the plant: a session on the server until it is imported, then a page of the register.

    Rows are counted as they stand in the file. `mapping` is column number → field, `decisions` column number → how its
    numbers and days are read, `options` what people chose for the whole.
    """

    scope_path = "site"
    view_capability = "import.view"
    trail_label = ("file_name",)

    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=40, blank=True, default="")
    status = word_field(_("status"), RunStatus, default=RunStatus.READING, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    file_name = models.CharField(_("file"), max_length=200)
    # Where the file is kept, below the data directory; its name there says nothing about its content.
    path = models.CharField(max_length=120, editable=False)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    # What the reader says of the file: format, encoding, delimiter, sheets with their tables, findings.
    book = models.JSONField(default=dict, blank=True, editable=False)
    sheet = models.CharField(_("sheet"), max_length=120, blank=True, default="")
    table = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(_("columns"), default=dict, blank=True)
    decisions = models.JSONField(default=dict, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)

    rows = models.PositiveIntegerField(_("rows"), default=0)
    done = models.PositiveIntegerField(_("rows done"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("left as they are"), default=0)
    skipped = models.PositiveIntegerField(_("left out"), default=0)
    # Sums of the file and sums of what came, by field; what was cleaned, by rule, before and after.
    totals = models.JSONField(default=dict, blank=True)
    cleaned = models.JSONField(default=list, blank=True)
    failure = models.TextField(_("why it failed"), blank=True, default="")

    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name=_("accepted by"),
    )  # fmt: skip
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True,
        verbose_name=_("undone by"),
    )  # fmt: skip
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    # What the undo reversed, kept and refused, with why.
    undo = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-id"]
        constraints = [
            known_word("status", RunStatus, "import_run_status_known"),
            models.CheckConstraint(condition=Q(done__lte=F("rows")), name="import_run_done"),
        ]

    def __str__(self) -> str:
        return self.file_name


class StagedRow(Projection):
    """A row of the file on the server: its cells as they were read, and what people put in their place.

    `cells` and `fixes` are kept apart on purpose: the register tells both. `problems` are those of the last check.
    """

    scope_path = "run__site"
    view_capability = "import.view"

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="staged")
    number = models.PositiveIntegerField(_("row"))
    section = models.CharField(_("section"), max_length=200, blank=True, default="")
    cells = models.JSONField(default=list)
    fixes = models.JSONField(default=dict, blank=True)
    # The first row of the document this row belongs to; lines of one document are imported together.
    document = models.PositiveIntegerField(default=0)
    status = word_field(_("status"), RowStatus, default=RowStatus.READY)
    problems = models.JSONField(default=list, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, blank=True, default="")

    class Meta:
        verbose_name = _("staged row")
        verbose_name_plural = _("staged rows")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="staged_row_once"),
            known_word("status", RowStatus, "staged_row_status_known"),
        ]
        indexes = [models.Index(fields=["run", "status", "number"], name="staged_row_by_status")]


class ImportProgress(Projection):
    """How far the work on a run is, told beside its transaction, and whether people want it to stop."""

    scope_path = "run__site"
    view_capability = "import.view"

    run = models.OneToOneField(ImportRun, on_delete=models.CASCADE, related_name="progress", db_constraint=False)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    is_to_stop = models.BooleanField(default=False)
    told_at = models.DateTimeField(null=True)


class ImportTrace(Projection):
    """A row of some table that a run added, changed or took away; written by the database, in the run's transaction.

    `before` is the whole row as it was. Undo needs nothing else; when undo is over, so is the trace.
    """

    scope_path = "run__site"
    view_capability = "import.view"

    run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="traces", db_index=False, db_constraint=False
    )
    table = models.CharField(max_length=63)
    key = models.BigIntegerField()
    act = word_field("", Act)
    before = models.JSONField(null=True)

    class Meta:
        constraints = [known_word("act", Act, "import_trace_act_known")]
        indexes = [models.Index(fields=["run", "table", "key"], name="import_trace_row")]


class LearnedColumn(Record):
    """A header that people mapped once; the next file like it is mapped by itself."""

    scope_path = "site"
    view_capability = "import.view"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=40)
    header = models.CharField(_("header"), max_length=200)
    # Empty: people said that this column is left out.
    field = models.CharField(_("field"), max_length=60, blank=True, default="")

    class Meta:
        verbose_name = _("learned column")
        verbose_name_plural = _("learned columns")
        constraints = [models.UniqueConstraint(fields=["site", "kind", "header"], name="learned_column_once")]

    def __str__(self) -> str:
        return self.header


class CleaningRule(Record):
    """What people once put in place of a value: treat "Stk" as "pcs", in this field of this kind, from now on."""

    scope_path = "site"
    view_capability = "import.view"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", verbose_name=_("site"))
    kind = models.CharField(_("kind"), max_length=40)
    field = models.CharField(_("field"), max_length=60)
    found = models.CharField(_("found"), max_length=200)
    instead = models.CharField(_("read as"), max_length=200, blank=True, default="")
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("cleaning rule")
        verbose_name_plural = _("cleaning rules")
        constraints = [models.UniqueConstraint(fields=["site", "kind", "field", "found"], name="cleaning_rule_once")]

    def __str__(self) -> str:
        return f"{self.found} → {self.instead}"


class ExternalId(Record):
    """What another system calls a record of ours: so its other files, and its messages, can refer to it.

    `key` is the record's own key and `record` its number when this was said; one that was renamed since is not guessed.
    """

    scope_path = PLANT_WIDE
    view_capability = "import.view"

    kind = models.CharField(_("kind"), max_length=40)
    # Which system; empty for the one whose files came over.
    system = models.CharField(_("system"), max_length=40, blank=True, default="")
    # What the column was called in which it stood, letters and digits only: other tables refer by the same name.
    column = models.CharField(_("column"), max_length=120, blank=True, default="")
    text = models.CharField(_("number in the old system"), max_length=120)
    key = models.CharField(_("key"), max_length=200)
    record = models.BigIntegerField()

    class Meta:
        verbose_name = _("external id")
        verbose_name_plural = _("external ids")
        constraints = [models.UniqueConstraint(fields=["kind", "system", "column", "text"], name="external_id_once")]
        indexes = [
            models.Index(fields=["kind", "record"], name="external_id_of_record"),
            models.Index(fields=["kind", "system", "text"], name="external_id_said"),
        ]

    def __str__(self) -> str:
        return f"{self.text} = {self.key}"
