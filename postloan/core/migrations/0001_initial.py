import django.core.serializers.json
import django.db.models.deletion
import simple_history.models
from django.conf import settings
from django.db import migrations, models

Q = models.Q
STANDING = Q(ended_at=None, approved_by__isnull=False)
WAITING = Q(ended_at=None, approved_by=None)
SECOND_PERSON = Q(approved_by=None) | ~Q(approved_by=models.F("proposed_by"))
APPROVED_WITH_MOMENT = Q(approved_by=None, approved_at=None) | Q(approved_by__isnull=False, approved_at__isnull=False)
ENDED_WITH_REASON = (
    Q(ended_at=None, ended_by=None, ended_because="")
    | Q(ended_at__isnull=False, ended_by__isnull=False, ended_because="replaced", approved_by__isnull=False)
    | Q(ended_at__isnull=False, ended_by__isnull=False, ended_because__in=["refused", "withdrawn"], approved_by=None)
)
PARAMETER_CONSTRAINTS = [
    models.UniqueConstraint(condition=STANDING, fields=("key", "scope", "valid_from"), name="parameter_once_a_date"),
    models.UniqueConstraint(condition=WAITING, fields=("key", "scope"), name="parameter_one_proposal"),
    models.CheckConstraint(condition=SECOND_PERSON, name="parameter_second_person"),
    models.CheckConstraint(condition=APPROVED_WITH_MOMENT, name="parameter_approved_with_moment"),
    models.CheckConstraint(condition=ENDED_WITH_REASON, name="parameter_ended_with_reason"),
]


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('organization', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='BusinessDate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(unique=True, verbose_name='business date')),
                ('revision', models.PositiveIntegerField(default=1, verbose_name='revision')),
                ('opened_at', models.DateTimeField(verbose_name='opened at')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed at')),
            ],
            options={
                'verbose_name': 'business date',
                'verbose_name_plural': 'business dates',
                'ordering': ['-date'],
                'constraints': [models.CheckConstraint(condition=models.Q(('revision__gte', 1)), name='business_date_revision_from_1'), models.CheckConstraint(condition=models.Q(('closed_at', None), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='business_date_closed_after_open'), models.UniqueConstraint(models.Value(1), condition=models.Q(('closed_at', None)), name='business_date_one_open')],
            },
        ),
        migrations.CreateModel(
            name='FactRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_table', models.CharField(max_length=60, verbose_name='table')),
                ('subject_id', models.BigIntegerField(verbose_name='row')),
                ('column', models.CharField(max_length=60, verbose_name='column')),
                ('old_value', models.TextField(null=True, verbose_name='value before')),
                ('new_value', models.TextField(null=True, verbose_name='value after')),
                ('known_until', models.DateField(verbose_name='replaced on')),
                ('revision', models.PositiveIntegerField(default=1, verbose_name='revision')),
            ],
            options={
                'verbose_name': 'restated fact',
                'verbose_name_plural': 'restated facts',
                'constraints': [models.UniqueConstraint(fields=('subject_table', 'subject_id', 'column', 'known_until', 'revision'), name='fact_revision_once')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=60, verbose_name='kind')),
                ('subject_kind', models.CharField(max_length=40, verbose_name='subject')),
                ('subject_key', models.CharField(max_length=120, verbose_name='number')),
                ('aspect', models.CharField(blank=True, default='', max_length=60, verbose_name='aspect')),
                ('branch_id', models.BigIntegerField(blank=True, null=True, verbose_name='branch')),
                ('customer_id', models.BigIntegerField(blank=True, null=True, verbose_name='customer')),
                ('loan_id', models.BigIntegerField(blank=True, null=True, verbose_name='loan')),
                ('arguments', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='facts')),
                ('first_seen_on', models.DateField(verbose_name='first seen on')),
                ('last_seen_on', models.DateField(blank=True, null=True, verbose_name='last seen on')),
                ('gone_on', models.DateField(blank=True, null=True, verbose_name='gone on')),
            ],
            options={
                'verbose_name': 'finding',
                'verbose_name_plural': 'findings',
                'ordering': ['kind', 'subject_key'],
                'indexes': [models.Index(fields=['subject_kind', 'subject_key'], name='finding_subject'), models.Index(condition=models.Q(('loan_id__isnull', False)), fields=['loan_id'], name='finding_loan'), models.Index(condition=models.Q(('customer_id__isnull', False)), fields=['customer_id'], name='finding_customer')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('gone_on', None)), fields=('kind', 'subject_kind', 'subject_key', 'aspect'), name='finding_open_once'), models.CheckConstraint(condition=models.Q(('gone_on', None), ('gone_on__gte', models.F('first_seen_on')), _connector='OR'), name='finding_gone_after_seen')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalParameter',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('key', models.CharField(max_length=80, verbose_name='parameter')),
                ('scope', models.CharField(blank=True, default='', max_length=80, verbose_name='applies to')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('value', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='value')),
                ('reason', models.CharField(max_length=400, verbose_name='reason')),
                ('proposed_at', models.DateTimeField(blank=True, editable=False, verbose_name='proposed at')),
                ('approved_at', models.DateTimeField(null=True, verbose_name='approved at')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ('ended_because', models.CharField(blank=True, choices=[('withdrawn', 'withdrawn'), ('refused', 'refused'), ('replaced', 'replaced')], default='', max_length=10, verbose_name='ended because')),
                ('end_reason', models.CharField(blank=True, default='', max_length=400, verbose_name='remark')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('approved_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proposed_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                ('ended_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
            ],
            options={
                'verbose_name': 'historical parameter',
                'verbose_name_plural': 'historical parameters',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Institution',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.BooleanField(default=True, editable=False, unique=True)),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='institution')),
                ('name', models.CharField(blank=True, default='', max_length=120, verbose_name='institution name')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('bound_on', models.DateField(verbose_name='bound on')),
            ],
            options={
                'verbose_name': 'institution',
                'verbose_name_plural': 'institutions',
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', True)), name='institution_only_one')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('business_date', models.DateField(null=True, verbose_name='business date')),
                ('happened_at', models.DateTimeField(verbose_name='moment')),
                ('run_id', models.BigIntegerField(blank=True, null=True, verbose_name='run')),
                ('customer_id', models.BigIntegerField(blank=True, null=True, verbose_name='customer')),
                ('loan_id', models.BigIntegerField(blank=True, null=True, verbose_name='loan')),
                ('subject_kind', models.CharField(blank=True, default='', max_length=40, verbose_name='subject')),
                ('subject_key', models.CharField(blank=True, default='', max_length=120, verbose_name='number')),
                ('code', models.CharField(max_length=60, verbose_name='event')),
                ('arguments', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='facts')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'ordering': ['-happened_at', '-id'],
                'indexes': [models.Index(fields=['customer_id', '-happened_at'], name='event_customer'), models.Index(fields=['loan_id', '-happened_at'], name='event_loan'), models.Index(fields=['code', '-happened_at'], name='event_code')],
            },
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(max_length=60, verbose_name='job')),
                ('business_date', models.DateField(blank=True, null=True, verbose_name='business date')),
                ('revision', models.PositiveIntegerField(default=1, verbose_name='revision')),
                ('shard', models.CharField(blank=True, default='', max_length=120, verbose_name='piece')),
                ('arguments', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='arguments')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'running'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=10, verbose_name='state')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('fence', models.PositiveBigIntegerField(default=0, verbose_name='fencing number')),
                ('lease_until', models.DateTimeField(blank=True, null=True, verbose_name='lease until')),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True, verbose_name='last sign of life')),
                ('worker', models.CharField(blank=True, default='', max_length=120, verbose_name='worker')),
                ('stage', models.CharField(blank=True, default='', max_length=60, verbose_name='stage')),
                ('done_count', models.PositiveBigIntegerField(default=0, verbose_name='done')),
                ('total_count', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='total')),
                ('cursor', models.CharField(blank=True, default='', max_length=120, verbose_name='cursor')),
                ('counts', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='counts')),
                ('error', models.TextField(blank=True, default='', verbose_name='error')),
                ('requested_at', models.DateTimeField(verbose_name='requested at')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='started at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
            ],
            options={
                'verbose_name': 'job run',
                'verbose_name_plural': 'job runs',
                'ordering': ['-requested_at', '-id'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['due_at'], name='job_run_due')],
                'constraints': [models.UniqueConstraint(fields=('job', 'business_date', 'revision', 'shard'), name='job_run_once'), models.UniqueConstraint(condition=models.Q(('business_date', None)), fields=('job', 'revision', 'shard'), name='job_run_once_undated'), models.CheckConstraint(condition=models.Q(('finished_at', None), ('state__in', ['done', 'failed']), _connector='OR'), name='job_run_finished_when_ended'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'running'), _negated=True), ('lease_until__isnull', False), _connector='OR'), name='job_run_running_has_lease')],
            },
        ),
        migrations.CreateModel(
            name='Parameter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, verbose_name='parameter')),
                ('scope', models.CharField(blank=True, default='', max_length=80, verbose_name='applies to')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('value', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='value')),
                ('reason', models.CharField(max_length=400, verbose_name='reason')),
                ('proposed_at', models.DateTimeField(auto_now_add=True, verbose_name='proposed at')),
                ('approved_at', models.DateTimeField(null=True, verbose_name='approved at')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
                ('ended_because', models.CharField(blank=True, choices=[('withdrawn', 'withdrawn'), ('refused', 'refused'), ('replaced', 'replaced')], default='', max_length=10, verbose_name='ended because')),
                ('end_reason', models.CharField(blank=True, default='', max_length=400, verbose_name='remark')),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='ended by')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
            ],
            options={
                'verbose_name': 'parameter',
                'verbose_name_plural': 'parameters',
                'ordering': ['key', 'scope', 'valid_from'],
                'constraints': PARAMETER_CONSTRAINTS,
            },
        ),
        migrations.CreateModel(
            name='PersonalDataAccess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shown_at', models.DateTimeField(verbose_name='shown at')),
                ('subject_kind', models.CharField(max_length=40, verbose_name='subject')),
                ('subject_key', models.CharField(max_length=120, verbose_name='number')),
                ('customer_id', models.BigIntegerField(null=True, verbose_name='customer')),
                ('what', models.CharField(max_length=120, verbose_name='what was shown')),
                ('reason', models.CharField(max_length=400, verbose_name='reason')),
                ('address', models.GenericIPAddressField(null=True, verbose_name='address')),
                ('staff', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='shown to')),
            ],
            options={
                'verbose_name': 'personal data shown',
                'verbose_name_plural': 'personal data shown',
                'ordering': ['-shown_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='personal_data_access_reason')],
            },
        ),
    ]
