"""The base of a plan is kept packed; a trigger on everything it is read from ends it."""

import django.db.models.deletion
from django.db import migrations, models

# What a base is read from, with the columns that matter where others change often.
SOURCES = {
    "production_bom": "", "production_bomline": "", "production_routing": "", "inventory_supplieritem": "",
    "inventory_itemunit": "", "inventory_replenishmentrule": "",
    "inventory_item": " OF unit_id, is_made, is_bought, is_active",
    "inventory_unit": " OF factor, dimension, decimals",
    "factory_core_partner": " OF is_active",
}  # fmt: skip
PLAIN = "ALTER TABLE production_planbase ALTER COLUMN rows SET STORAGE EXTERNAL"
FUNCTION = """
CREATE FUNCTION production_base_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO production_planbasechange DEFAULT VALUES;
    RETURN NULL;
END $$
"""
TRIGGERS = [
    f"CREATE TRIGGER plan_base AFTER INSERT OR DELETE OR UPDATE{columns} ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION production_base_changed()"
    for table, columns in SOURCES.items()
]
BACK = [*(f"DROP TRIGGER plan_base ON {table}" for table in SOURCES), "DROP FUNCTION production_base_changed()"]


class Migration(migrations.Migration):

    dependencies = [
        ('factory_core', '0006_external_ids'),
        ('production', '0016_orders_past'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlanBaseChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
            ],
            options={
                'verbose_name': 'change of the base of plans',
                'verbose_name_plural': 'changes of the base of plans',
            },
        ),
        migrations.CreateModel(
            name='PlanBase',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('first_on', models.DateField(null=True)),
                ('until_on', models.DateField(null=True)),
                ('rows', models.BinaryField()),
                ('site', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='factory_core.site')),
            ],
            options={
                'verbose_name': 'base of a plan',
                'verbose_name_plural': 'bases of plans',
            },
        ),
        migrations.RunSQL([PLAIN, FUNCTION, *TRIGGERS], BACK),
    ]
