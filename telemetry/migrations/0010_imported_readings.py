"""Readings that an import brought: which stretches of which tags, and that they go again when the import is undone."""

import django.db.models.deletion
from django.db import migrations, models

_REFUSE = """
CREATE OR REPLACE FUNCTION telemetry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    run bigint := nullif(current_setting('millwright.undo_run', true), '')::bigint;
BEGIN
    IF TG_OP = 'DELETE' AND run IS NOT NULL THEN
        -- Exactly those of the import that is being undone, and of no other.
        IF EXISTS (SELECT 1 FROM factory_core_importtrace t JOIN factory_core_importrun r ON r.id = t.run_id
                    WHERE t.run_id = run AND t."table" = 'telemetry_stream' AND t.key = OLD.stream_id
                      AND t.act = 'INSERT' AND r.status = 'UNDOING') THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'Readings are only added: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

_REFUSE_ALWAYS = """
CREATE OR REPLACE FUNCTION telemetry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Readings are only added: % of % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("telemetry", "0009_sparkplug_nodes"), ("factory_core", "0005_imports")]

    operations = [
        migrations.RunSQL(_REFUSE, _REFUSE_ALWAYS),
        migrations.CreateModel(
            name="ImportedStretch",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("started_at", models.DateTimeField(verbose_name="first reading")),
                ("ended_at", models.DateTimeField(verbose_name="last reading")),
                ("count", models.PositiveIntegerField(verbose_name="readings")),
                (
                    "machine",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="factory_core.machine",
                    ),
                ),
                (
                    "stream",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stretches", to="telemetry.stream"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="telemetry.tag"
                    ),
                ),
            ],
            options={
                "verbose_name": "imported stretch",
                "verbose_name_plural": "imported stretches",
                "indexes": [models.Index(fields=["stream", "tag"], name="imported_stretch_of_run")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("started_at__lte", models.F("ended_at"))), name="imported_stretch_not_empty"
                    )
                ],
            },
        ),
    ]
