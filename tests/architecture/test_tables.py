"""Every table says what it is, and the database guards it accordingly."""

import pytest
from django.apps import apps
from django.db import connection, models

from audit.trail.tables import guarded_tables
from audit.trail.triggers import expected_guards, faults
from factory_core.access.policy import LEVEL_NAMES, LEVELS
from factory_core.access.roles import CAPABILITIES
from factory_core.checks import OURS
from factory_core.tables import PLANT_WIDE, TableKind

MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_model_says_kind_place_and_capability(model: type[models.Model]) -> None:
    assert isinstance(model.table_kind, TableKind)  # type: ignore[attr-defined]
    assert model.view_capability in CAPABILITIES  # type: ignore[attr-defined]
    partitioned = isinstance(model._meta.pk, models.CompositePrimaryKey) and not model._meta.managed
    assert model._meta.pk.name == "id" or (partitioned and model.table_kind is TableKind.FACT)  # type: ignore[attr-defined]
    _assert_leads_to_a_place(model)


def _assert_leads_to_a_place(model: type[models.Model]) -> None:
    scope: str = model.scope_path  # type: ignore[attr-defined]
    if scope == PLANT_WIDE:
        return
    for path in scope.split("|"):
        here = model
        for step in path.split("__") if path else []:
            here = here._meta.get_field(step).related_model  # type: ignore[assignment]
        assert here in LEVELS, f"{model._meta.label}.scope_path '{path}' ends at {here._meta.label}"
        assert path == "" or path.rsplit("__", 1)[-1] == LEVEL_NAMES[here]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_sensitive_field_exists_and_names_a_capability(model: type[models.Model]) -> None:
    for name, capability in getattr(model, "sensitive", {}).items():
        assert model._meta.get_field(name)
        assert capability in CAPABILITIES


@pytest.mark.django_db
def test_every_record_is_audited_and_every_fact_only_added() -> None:
    assert faults() == []
    expected = expected_guards()
    for model in MODELS:
        guards = expected.get(model._meta.db_table)
        if model._meta.proxy:
            continue
        assert guards is not None, model
        audited = "millwright_audit_insert" in guards
        only_added = "millwright_append_only" in guards
        kind = model.table_kind  # type: ignore[attr-defined]
        assert (model, audited, only_added) == (model, kind is TableKind.RECORD, kind is TableKind.FACT)


@pytest.mark.django_db
def test_every_table_of_the_house_is_known() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND NOT relispartition"
        )
        standing = {name for (name,) in cursor.fetchall() if name.startswith(tuple(f"{label}_" for label in OURS))}
    assert standing - {table.table for table in guarded_tables()} == set()


def test_a_record_can_be_changed_only_by_version() -> None:
    without = {
        model._meta.label
        for model in MODELS
        if model.table_kind is TableKind.RECORD  # type: ignore[attr-defined]
        and not any(field.name == "version" for field in model._meta.get_fields())
    }
    # Grants come and go whole; a token is only ever revoked.
    assert without == {
        "factory_core.SiteGrant",
        "factory_core.AreaGrant",
        "factory_core.LineGrant",
        "factory_core.MachineGrant",
        "factory_core.ApiToken",
    }


def test_quantities_are_never_floats() -> None:
    words = ("quantity", "amount", "price", "cost")
    floats = [
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.get_fields()
        if isinstance(field, models.FloatField) and any(word in field.name for word in words)
    ]
    assert floats == []
