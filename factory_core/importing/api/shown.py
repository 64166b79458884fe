"""How imports, rows, openings and old numbers look through the API, and what their acts are sent."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from factory_core.importing.kinds import Existing
from factory_core.importing.models import ExternalId, ImportProgress, ImportRun, StagedRow
from factory_core.importing.register_models import Acceptance, ImportWork, Opening
from factory_core.importing.states import Meaning


class WorkSerializer(serializers.ModelSerializer[ImportWork]):
    """What the worker was asked for last. `status`: ASKED, WORKING, DONE, FAILED, STOPPED; `answer`: a rehearsal's."""

    act = serializers.CharField()
    status = serializers.CharField()

    class Meta:
        model = ImportWork
        fields = ["act", "status", "asked_at", "ended_at", "sentence", "answer"]


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    """A file on its way. `mapping` is column number → field, `work` the last thing asked of the worker."""

    status = serializers.CharField(read_only=True)
    by = serializers.CharField(source="by.username")
    site_code = serializers.CharField(source="site.code")
    accepted_by = serializers.CharField(source="accepted_by.username", default=None)
    undone_by = serializers.CharField(source="undone_by.username", default=None)
    work = serializers.SerializerMethodField()

    class Meta:
        model = ImportRun
        fields = [
            "id", "version", "created_at", "updated_at", "site", "site_code", "kind", "status", "by", "started_at",
            "ended_at", "file_name", "size", "sha256", "sheet", "mapping", "options", "rows", "done", "created",
            "changed", "unchanged", "skipped", "totals", "failure", "accepted_by", "accepted_at", "undone_by",
            "undone_at", "work",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(WorkSerializer(allow_null=True))
    def get_work(self, run: ImportRun) -> dict[str, Any] | None:
        """What was asked of the worker last."""
        work = getattr(run, "work", None)
        return dict(WorkSerializer(work).data) if work is not None else None


class ProgressSerializer(serializers.ModelSerializer[ImportProgress]):
    """How far the worker is: rows done of rows in all."""

    class Meta:
        model = ImportProgress
        fields = ["done", "total", "is_to_stop", "told_at"]


class RowSerializer(serializers.ModelSerializer[StagedRow]):
    """A row of the file: its cells as they were read, what people put in their place, and what is wrong with it."""

    status = serializers.CharField(read_only=True)
    cells = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField()

    class Meta:
        model = StagedRow
        fields = ["number", "section", "status", "outcome", "document", "cells", "fixes", "problems"]

    def get_cells(self, row: StagedRow) -> list[str]:
        """The cells as texts, in the order of the table's columns."""
        return [cell if isinstance(cell, str) else "" if isinstance(cell, int) else str(cell[1]) for cell in row.cells]

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_problems(self, row: StagedRow) -> list[dict[str, Any]]:
        """What is wrong, with the remedy."""
        names = ("field", "code", "message", "expected", "is_warning")
        return [dict(zip(names, one, strict=True)) for one in row.problems]


class ImportReportSerializer(serializers.Serializer[Any]):
    """The report of a run: what came, what was refused, and why, by row and column."""

    run = serializers.IntegerField()
    kind = serializers.CharField()
    status = serializers.CharField()
    file = serializers.CharField()
    sheet = serializers.CharField()
    sha256 = serializers.CharField()
    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    refused = serializers.ListField(child=serializers.DictField())
    warnings = serializers.ListField(child=serializers.DictField())
    questions = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField(child=serializers.CharField())
    cleaned = serializers.ListField(child=serializers.ListField())
    totals = serializers.DictField()


class UploadWish(serializers.Serializer[Any]):
    """`site`: its code; without `kind` the likeliest is proposed, without `sheet` the first visible table is taken."""

    file = serializers.FileField()
    site = serializers.CharField(max_length=40)
    kind = serializers.CharField(max_length=40, required=False, default="")
    sheet = serializers.CharField(max_length=120, required=False, default="")


class _HowWish(serializers.Serializer[Any]):
    existing = serializers.ChoiceField(choices=[one.value for one in Existing], required=False)
    clears = serializers.BooleanField(required=False)
    creates_missing = serializers.BooleanField(required=False)
    partly = serializers.BooleanField(required=False)


class ChooseWish(_HowWish):
    """`mapping`: column number → field, "" leaves a column out; `constants`: field → one value for all rows."""

    kind = serializers.CharField(max_length=40, required=False)
    mapping = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)
    constants = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)
    answers = serializers.DictField(child=serializers.DictField(child=serializers.BooleanField()), required=False)
    locale = serializers.CharField(max_length=20, required=False, allow_blank=True)
    system = serializers.CharField(max_length=40, required=False, allow_blank=True)


class RowsSent(_HowWish):
    """Rows of a kind by its field names; `old_id` is what the `system` calls the thing."""

    site = serializers.CharField(max_length=40)
    system = serializers.CharField(max_length=40, required=False, allow_blank=True)
    rows = serializers.ListField(child=serializers.DictField(), max_length=1000)


class RowsTakenSerializer(serializers.Serializer[Any]):
    """What became of rows: the import they are, counts, and of each row its outcome."""

    run = serializers.IntegerField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    rows = serializers.ListField(child=serializers.DictField())


class FixWish(serializers.Serializer[Any]):
    """`cells`: row number → column number → text; or `field`, `found`, `instead`, and whether to `remember` it."""

    cells = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField(allow_blank=True, trim_whitespace=False)),
        required=False,
    )
    field = serializers.CharField(max_length=60, required=False)
    found = serializers.CharField(max_length=200, required=False, allow_blank=True)
    instead = serializers.CharField(max_length=200, required=False, allow_blank=True)
    remember = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a wish that changes nothing."""
        if not attrs.get("cells") and not attrs.get("field"):
            raise serializers.ValidationError({"cells": [_("Name the cells, or the field whose value is read anew.")]})
        return attrs


class RowsWish(serializers.Serializer[Any]):
    """Row numbers as the file counts them."""

    rows = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=100_000)


class AcceptWish(serializers.Serializer[Any]):
    """`secret`: the signer's own password or PIN, typed again."""

    secret = serializers.CharField(max_length=200, trim_whitespace=False)
    meaning = serializers.ChoiceField(
        choices=[one.value for one in Meaning], required=False, default=Meaning.APPROVED.value
    )
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class TakeBackWish(serializers.Serializer[Any]):
    """Why an acceptance is taken back, signed as well."""

    secret = serializers.CharField(max_length=200, trim_whitespace=False)
    reason = serializers.CharField(max_length=400)


class AcceptanceSerializer(serializers.ModelSerializer[Acceptance]):
    """A signature: who, when, what it means, what was signed, and its digest."""

    meaning = serializers.CharField(read_only=True)
    signed_by = serializers.CharField(source="signed_by.username")
    withdrawn_by = serializers.CharField(source="withdrawn_by.username", default=None)

    class Meta:
        model = Acceptance
        fields = [
            "id", "version", "run", "opening", "meaning", "note", "signed_by", "signed_at", "digest", "content",
            "withdrawn_by", "withdrawn_at", "reason",
        ]  # fmt: skip
        read_only_fields = fields


class OpeningSerializer(serializers.ModelSerializer[Opening]):
    """The day a site goes live, with the ids of the runs that belong to it."""

    status = serializers.CharField(read_only=True)
    site_code = serializers.CharField(source="site.code")
    runs = serializers.SerializerMethodField()

    class Meta:
        model = Opening
        fields = [
            "id",
            "version",
            "created_at",
            "updated_at",
            "site",
            "site_code",
            "opens_on",
            "status",
            "note",
            "runs",
        ]
        read_only_fields = fields

    def get_runs(self, opening: Opening) -> list[int]:
        """The runs in the order in which they came."""
        return sorted(member.run_id for member in opening.members.all())


class OpeningWish(serializers.Serializer[Any]):
    """`site`: its code."""

    site = serializers.CharField(max_length=40)
    opens_on = serializers.DateField()
    note = serializers.CharField(max_length=400, required=False, allow_blank=True, default="")


class RunsWish(serializers.Serializer[Any]):
    """Ids of imports."""

    runs = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=1000)


class MissingSerializer(serializers.Serializer[Any]):
    """One line of an opening's checklist; `run` where it is about one."""

    code = serializers.CharField()
    message = serializers.CharField()
    run = serializers.IntegerField(allow_null=True)


class FootprintSerializer(serializers.Serializer[Any]):
    """What an undo takes back, by table, and what it keeps, as [table, number, why, by]."""

    reversed = serializers.IntegerField()
    added = serializers.DictField(child=serializers.IntegerField())
    changed = serializers.DictField(child=serializers.IntegerField())
    removed = serializers.DictField(child=serializers.IntegerField())
    kept_by_why = serializers.DictField(child=serializers.IntegerField())
    kept = serializers.ListField(child=serializers.ListField())


class KindSerializer(serializers.Serializer[Any]):
    """What can be imported: its key, and its columns: form, choices, whether it must be there."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # what is shown, not the framework's own
    key = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.DictField())


class ExternalIdSerializer(serializers.ModelSerializer[ExternalId]):
    """What another system calls a record of ours."""

    class Meta:
        model = ExternalId
        fields = ["id", "version", "created_at", "updated_at", "kind", "system", "text", "key", "record"]
        read_only_fields = fields
