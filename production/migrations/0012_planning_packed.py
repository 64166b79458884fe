"""Proposals lie packed in parts instead of one row each, and what people firmed stands in records of its own.

Proposals of the last plan are not carried over: the next plan makes them anew. What was firmed is.
"""

import django.db.models.deletion
import inventory.items.models
from django.conf import settings
from django.db import migrations, models

# Quantities and days are read by places, out of the middle of these columns: uncompressed, that costs one page.
PLAIN = """
ALTER TABLE production_planpart ALTER COLUMN items SET STORAGE EXTERNAL, ALTER COLUMN rows SET STORAGE EXTERNAL;
ALTER TABLE production_plancauses ALTER COLUMN rows SET STORAGE EXTERNAL;
"""
# Numbers below zero: proposals are numbered by their parts now, and none may be taken for one of before.
FIRMED = """
INSERT INTO production_firming
       (version, created_at, updated_at, run_id, site_id, proposal, item_id, kind, quantity, release_on, due_on,
        made_kind, made_id, made_label, at)
SELECT 1, now(), now(), run.id, run.site_id, -planned.id, item.id, planned.kind, planned.quantity, planned.release_on,
       planned.due_on, planned.firmed_kind, planned.firmed_id, planned.firmed_label, planned.firmed_at
  FROM production_plannedorder planned JOIN production_planningrun run ON run.id = planned.run_id
  JOIN inventory_item item ON item.id = planned.item_id
 WHERE planned.firmed_at IS NOT NULL AND planned.firmed_id IS NOT NULL;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('factory_core', '0004_role_controller'),
        ('inventory', '0004_dispatch_notes'),
        ('production', '0011_promises_ranked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Firming',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('proposal', models.BigIntegerField(unique=True, verbose_name='proposal')),
                ('kind', models.CharField(choices=[('MAKE', 'MAKE'), ('BUY', 'BUY')], max_length=12, verbose_name='kind')),
                ('quantity', inventory.items.models.QuantityField(decimal_places=6, max_digits=18, verbose_name='quantity')),
                ('release_on', models.DateField(verbose_name='to be released')),
                ('due_on', models.DateField(verbose_name='due')),
                ('made_kind', models.CharField(max_length=80, verbose_name='what was made')),
                ('made_id', models.BigIntegerField(verbose_name='its key')),
                ('made_label', models.CharField(max_length=80, verbose_name='its number')),
                ('at', models.DateTimeField(verbose_name='firmed at')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='inventory.item', verbose_name='item')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='firmings', to='production.planningrun', verbose_name='run')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='factory_core.site', verbose_name='site')),
            ],
            options={
                'verbose_name': 'firmed proposal',
                'verbose_name_plural': 'firmed proposals',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['MAKE', 'BUY'])), name='firming_kind_known'), models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='firming_positive')],
            },
        ),
        migrations.CreateModel(
            name='PlanCauses',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('rows', models.BinaryField()),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='causes', to='production.planningrun')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='factory_core.site')),
            ],
            options={
                'verbose_name': 'causes of a plan',
                'verbose_name_plural': 'causes of plans',
            },
        ),
        migrations.CreateModel(
            name='PlanPart',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('first_on', models.DateField()),
                ('last_on', models.DateField()),
                ('count', models.PositiveIntegerField()),
                ('items', models.BinaryField()),
                ('rows', models.BinaryField()),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='production.planningrun')),
                ('site', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='factory_core.site')),
            ],
            options={
                'verbose_name': 'part of a plan',
                'verbose_name_plural': 'parts of plans',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['run', 'first_on'], name='plan_part_next')],
                'constraints': [models.CheckConstraint(condition=models.Q(('first_on__lte', models.F('last_on'))), name='plan_part_days'), models.CheckConstraint(condition=models.Q(('count__gt', 0)), name='plan_part_not_empty')],
            },
        ),
        migrations.RunSQL([PLAIN, FIRMED], migrations.RunSQL.noop),
        migrations.DeleteModel(
            name='PlannedOrder',
        ),
    ]
