"""Events that happen at a site, roles of the stores and of sales, and the addresses of partners."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('factory_core', '0002_access_notices'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='area',
            options={'ordering': ['code'], 'permissions': [('as_operator', 'Is operator here'), ('as_supervisor', 'Is supervisor here'), ('as_planner', 'Is planner here'), ('as_quality', 'Is quality here'), ('as_maintenance', 'Is maintenance here'), ('as_storekeeper', 'Is storekeeper here'), ('as_buyer', 'Is buyer here'), ('as_sales', 'Is sales here'), ('as_dispatcher', 'Is dispatcher here'), ('as_owner', 'Is owner here'), ('as_it_admin', 'Is it_admin here'), ('as_migrator', 'Is migrator here'), ('as_auditor', 'Is auditor here'), ('as_terminal', 'Is terminal here')], 'verbose_name': 'area', 'verbose_name_plural': 'areas'},
        ),
        migrations.AlterModelOptions(
            name='line',
            options={'ordering': ['code'], 'permissions': [('as_operator', 'Is operator here'), ('as_supervisor', 'Is supervisor here'), ('as_planner', 'Is planner here'), ('as_quality', 'Is quality here'), ('as_maintenance', 'Is maintenance here'), ('as_storekeeper', 'Is storekeeper here'), ('as_buyer', 'Is buyer here'), ('as_sales', 'Is sales here'), ('as_dispatcher', 'Is dispatcher here'), ('as_owner', 'Is owner here'), ('as_it_admin', 'Is it_admin here'), ('as_migrator', 'Is migrator here'), ('as_auditor', 'Is auditor here'), ('as_terminal', 'Is terminal here')], 'verbose_name': 'line', 'verbose_name_plural': 'lines'},
        ),
        migrations.AlterModelOptions(
            name='machine',
            options={'ordering': ['line__code', 'position', 'code'], 'permissions': [('as_operator', 'Is operator here'), ('as_supervisor', 'Is supervisor here'), ('as_planner', 'Is planner here'), ('as_quality', 'Is quality here'), ('as_maintenance', 'Is maintenance here'), ('as_storekeeper', 'Is storekeeper here'), ('as_buyer', 'Is buyer here'), ('as_sales', 'Is sales here'), ('as_dispatcher', 'Is dispatcher here'), ('as_owner', 'Is owner here'), ('as_it_admin', 'Is it_admin here'), ('as_migrator', 'Is migrator here'), ('as_auditor', 'Is auditor here'), ('as_terminal', 'Is terminal here')], 'verbose_name': 'machine', 'verbose_name_plural': 'machines'},
        ),
        migrations.AlterModelOptions(
            name='site',
            options={'ordering': ['code'], 'permissions': [('as_operator', 'Is operator here'), ('as_supervisor', 'Is supervisor here'), ('as_planner', 'Is planner here'), ('as_quality', 'Is quality here'), ('as_maintenance', 'Is maintenance here'), ('as_storekeeper', 'Is storekeeper here'), ('as_buyer', 'Is buyer here'), ('as_sales', 'Is sales here'), ('as_dispatcher', 'Is dispatcher here'), ('as_owner', 'Is owner here'), ('as_it_admin', 'Is it_admin here'), ('as_migrator', 'Is migrator here'), ('as_auditor', 'Is auditor here'), ('as_terminal', 'Is terminal here')], 'verbose_name': 'site', 'verbose_name_plural': 'sites'},
        ),
        migrations.AddField(
            model_name='event',
            name='site',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='factory_core.site', verbose_name='site'),
        ),
        migrations.AddField(
            model_name='partner',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='e-mail'),
        ),
        migrations.AddField(
            model_name='partner',
            name='gln',
            field=models.CharField(blank=True, max_length=13, verbose_name='GLN'),
        ),
        migrations.AddField(
            model_name='partner',
            name='language',
            field=models.CharField(blank=True, max_length=10, verbose_name='language of papers'),
        ),
        migrations.AddField(
            model_name='partner',
            name='payment_terms',
            field=models.CharField(blank=True, max_length=120, verbose_name='payment terms'),
        ),
        migrations.AddField(
            model_name='partner',
            name='phone',
            field=models.CharField(blank=True, max_length=40, verbose_name='phone'),
        ),
        migrations.AddField(
            model_name='partner',
            name='vat_number',
            field=models.CharField(blank=True, max_length=40, verbose_name='VAT number'),
        ),
        migrations.CreateModel(
            name='PartnerAddress',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='version')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='created at')),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ('name', models.CharField(blank=True, max_length=160, verbose_name='name')),
                ('street', models.CharField(max_length=200, verbose_name='street')),
                ('postal_code', models.CharField(blank=True, max_length=20, verbose_name='postal code')),
                ('city', models.CharField(max_length=120, verbose_name='city')),
                ('country', models.CharField(max_length=2, verbose_name='country')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to='factory_core.partner', verbose_name='partner')),
            ],
            options={
                'verbose_name': 'address of a partner',
                'verbose_name_plural': 'addresses of partners',
                'ordering': ['partner', 'id'],
            },
        ),
    ]
