import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organization', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='NightRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('business_date', models.DateField(verbose_name='business date')),
                ('revision', models.PositiveIntegerField(default=1, verbose_name='revision')),
                ('attempt', models.PositiveIntegerField(default=1, verbose_name='try')),
                ('state', models.CharField(choices=[('running', 'running'), ('done', 'completed'), ('failed', 'failed')], default='running', max_length=10, verbose_name='state')),
                ('started_at', models.DateTimeField(verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('thresholds', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='thresholds')),
                ('error', models.TextField(blank=True, default='', verbose_name='error')),
                ('failures', models.JSONField(default=list, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='failures')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
            ],
            options={
                'verbose_name': 'run of the night',
                'verbose_name_plural': 'runs of the night',
                'ordering': ['-business_date', '-revision', '-attempt'],
                'constraints': [models.UniqueConstraint(fields=('business_date', 'revision', 'attempt'), name='night_run_once'), models.UniqueConstraint(models.Value(1), condition=models.Q(('state', 'running')), name='night_run_one_running'), models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'failed'])), name='night_run_known_state'), models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='night_run_finished_when_ended'), models.CheckConstraint(condition=models.Q(('finished_at', None), ('finished_at__gte', models.F('started_at')), _connector='OR'), name='night_run_finished_after_start'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'failed'), _negated=True), models.Q(('error', ''), _negated=True), _connector='OR'), name='night_run_failed_says_why')],
            },
        ),
        migrations.CreateModel(
            name='ControlTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_code', models.CharField(max_length=40, verbose_name='check')),
                ('dimension', models.CharField(blank=True, default='', max_length=20, verbose_name='by')),
                ('key', models.CharField(blank=True, default='', max_length=60, verbose_name='key')),
                ('currency', models.CharField(blank=True, default='', max_length=3, verbose_name='currency')),
                ('left', models.DecimalField(decimal_places=2, max_digits=24, verbose_name='one way')),
                ('right', models.DecimalField(decimal_places=2, max_digits=24, verbose_name='other way')),
                ('difference', models.DecimalField(decimal_places=2, max_digits=24, verbose_name='difference')),
                ('is_shown_only', models.BooleanField(default=False, verbose_name='shown apart')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='totals', to='nightly.nightrun', verbose_name='run')),
            ],
            options={
                'verbose_name': 'control total',
                'verbose_name_plural': 'control totals',
                'ordering': ['run', 'id'],
                'constraints': [models.UniqueConstraint(fields=('run', 'check_code', 'dimension', 'key', 'currency'), name='control_total_once')],
            },
        ),
        migrations.CreateModel(
            name='NightStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order', models.PositiveIntegerField(verbose_name='order')),
                ('code', models.CharField(max_length=40, verbose_name='step')),
                ('state', models.CharField(choices=[('running', 'running'), ('done', 'completed'), ('failed', 'failed')], max_length=10, verbose_name='state')),
                ('counts', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='counts')),
                ('seconds', models.DecimalField(decimal_places=3, max_digits=10, verbose_name='seconds')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='nightly.nightrun', verbose_name='run')),
            ],
            options={
                'verbose_name': 'step of the night',
                'verbose_name_plural': 'steps of the night',
                'ordering': ['run', 'order'],
                'constraints': [models.UniqueConstraint(fields=('run', 'code'), name='night_step_once'), models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'failed'])), name='night_step_known_state'), models.CheckConstraint(condition=models.Q(('seconds__gte', 0)), name='night_step_seconds_min_0')],
            },
        ),
    ]
