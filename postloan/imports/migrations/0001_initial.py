import django.core.serializers.json
import django.db.models.deletion
import django.db.models.expressions
import postloan.core.encryption
import postloan.core.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('loans', '0002_state_guards'),
        ('organization', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Extract',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('business_date', models.DateField(blank=True, null=True, verbose_name='business date')),
                ('revision', models.PositiveIntegerField(default=1, verbose_name='revision')),
                ('institution', models.CharField(blank=True, default='', max_length=40, verbose_name='institution')),
                ('currency', models.CharField(blank=True, default='', max_length=3, verbose_name='currency')),
                ('state', models.CharField(choices=[('received', 'received'), ('verifying', 'verifying'), ('staging', 'reading'), ('validating', 'validating'), ('reconciling', 'reconciling'), ('applying', 'applying'), ('applied', 'applied'), ('refused', 'refused'), ('failed', 'interrupted')], db_index=True, default='received', max_length=12, verbose_name='state')),
                ('folder', models.CharField(max_length=400, verbose_name='folder')),
                ('archive', models.CharField(blank=True, default='', max_length=200, verbose_name='archive')),
                ('manifest', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='manifest')),
                ('manifest_sha256', models.CharField(blank=True, default='', max_length=64, verbose_name='checksum of the manifest')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished at')),
                ('refusal', models.CharField(blank=True, default='', max_length=60, verbose_name='reason of refusal')),
                ('refusal_arguments', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='facts')),
                ('replaced_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='imports.extract', verbose_name='replaced by')),
                ('requested_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='requested by')),
            ],
            options={
                'verbose_name': 'extract',
                'verbose_name_plural': 'extracts',
                'ordering': ['-received_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'applied')), fields=('business_date', 'revision'), name='extract_applied_once'), models.CheckConstraint(condition=models.Q(('state__in', ['received', 'verifying', 'staging', 'validating', 'reconciling', 'applying', 'applied', 'refused', 'failed'])), name='extract_known_state'), models.CheckConstraint(condition=models.Q(('revision__gte', 1)), name='extract_revision_from_1'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'applied'), _negated=True), models.Q(('business_date__isnull', False), ('finished_at__isnull', False), ('refusal', '')), _connector='OR'), name='extract_applied_is_complete'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('refusal', ''), _negated=True), _connector='OR'), name='extract_refused_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='DeliveredBalance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('loan_no', models.CharField(max_length=60, unique=True, verbose_name='loan number')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('branch_code', models.CharField(blank=True, default='', max_length=40, verbose_name='branch number')),
                ('principal_balance', postloan.core.fields.AmountField(decimal_places=2, max_digits=18, verbose_name='principal balance')),
                ('state', models.CharField(choices=[('applied', 'applied'), ('quarantined', 'in quarantine'), ('rejected', 'rejected'), ('withdrawn', 'withdrawn')], max_length=12, verbose_name='state')),
                ('loan', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loans.loan', verbose_name='loan')),
                ('extract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='imports.extract', verbose_name='extract')),
            ],
            options={
                'verbose_name': 'delivered balance',
                'verbose_name_plural': 'delivered balances',
                'ordering': ['loan_no'],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['applied', 'quarantined', 'rejected', 'withdrawn'])), name='delivered_balance_known_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'applied'), _negated=True), ('loan__isnull', False), _connector='OR'), name='delivered_balance_applied_has_loan')],
                'indexes': [models.Index(condition=models.Q(('state', 'applied'), _negated=True), fields=['state'], name='delivered_balance_apart')],
            },
        ),
        migrations.CreateModel(
            name='ExtractFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='file')),
                ('mode', models.CharField(choices=[('full', 'full'), ('changes', 'changes'), ('not_delivered', 'not delivered')], max_length=14, verbose_name='mode')),
                ('row_count', models.PositiveBigIntegerField(default=0, verbose_name='rows')),
                ('sha256', models.CharField(blank=True, default='', max_length=64, verbose_name='checksum')),
                ('totals', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='totals')),
                ('columns', models.JSONField(default=list, verbose_name='columns')),
                ('covers', models.JSONField(blank=True, null=True, verbose_name='kinds covered')),
                ('accepted_new', models.PositiveBigIntegerField(default=0, verbose_name='new')),
                ('accepted_changed', models.PositiveBigIntegerField(default=0, verbose_name='changed')),
                ('unchanged', models.PositiveBigIntegerField(default=0, verbose_name='unchanged')),
                ('rejected', models.PositiveBigIntegerField(default=0, verbose_name='rejected')),
                ('quarantined', models.PositiveBigIntegerField(default=0, verbose_name='in quarantine')),
                ('released', models.PositiveBigIntegerField(default=0, verbose_name='released from quarantine')),
                ('missing', models.PositiveBigIntegerField(default=0, verbose_name='missing')),
                ('superseded', models.PositiveBigIntegerField(default=0, verbose_name='superseded')),
                ('rejects_file', models.CharField(blank=True, default='', editable=False, max_length=200, verbose_name='file of rejects')),
                ('extract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='imports.extract', verbose_name='extract')),
            ],
            options={
                'verbose_name': 'file of an extract',
                'verbose_name_plural': 'files of extracts',
                'ordering': ['extract', 'id'],
                'constraints': [models.UniqueConstraint(fields=('extract', 'name'), name='extract_file_once'), models.CheckConstraint(condition=models.Q(('row_count', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('accepted_new'), '+', models.F('accepted_changed')), '+', models.F('unchanged')), '+', models.F('rejected')))), name='extract_file_rows_add_up'), models.CheckConstraint(condition=models.Q(('quarantined__lte', models.F('rejected'))), name='extract_file_quarantined_within_rejected'), models.CheckConstraint(condition=models.Q(('mode__in', ['full', 'changes', 'not_delivered'])), name='extract_file_known_mode'), models.CheckConstraint(condition=models.Q(models.Q(('mode', 'not_delivered'), _negated=True), ('row_count', 0), _connector='OR'), name='extract_file_not_delivered_is_empty')],
            },
        ),
        migrations.CreateModel(
            name='QuarantinedRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.CharField(max_length=60, verbose_name='file')),
                ('key', models.CharField(max_length=200, verbose_name='number')),
                ('loan_no', models.CharField(blank=True, default='', max_length=60, verbose_name='loan number')),
                ('row', postloan.core.encryption.EncryptedTextField(verbose_name='row')),
                ('column', models.CharField(max_length=60, verbose_name='column')),
                ('reason', models.CharField(max_length=40, verbose_name='reason')),
                ('held_since', models.DateField(verbose_name='held since')),
                ('released_on', models.DateField(blank=True, null=True, verbose_name='released on')),
                ('outcome', models.CharField(blank=True, default='', max_length=20, verbose_name='outcome')),
            ],
            options={
                'verbose_name': 'row in quarantine',
                'verbose_name_plural': 'rows in quarantine',
                'ordering': ['file', 'key'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('released_on', None)), fields=('file', 'key'), name='quarantined_row_held_once'), models.CheckConstraint(condition=models.Q(('released_on', None), ('released_on__gte', models.F('held_since')), _connector='OR'), name='quarantined_row_released_after_held')],
            },
        ),
        migrations.CreateModel(
            name='Reconciliation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=30, verbose_name='kind')),
                ('dimension', models.CharField(blank=True, default='', max_length=30, verbose_name='by')),
                ('key', models.CharField(blank=True, default='', max_length=120, verbose_name='number')),
                ('currency', models.CharField(blank=True, default='', max_length=3, verbose_name='currency')),
                ('expected', models.DecimalField(decimal_places=6, max_digits=24, null=True, verbose_name='expected')),
                ('actual', models.DecimalField(decimal_places=6, max_digits=24, null=True, verbose_name='actual')),
                ('difference', models.DecimalField(decimal_places=6, max_digits=24, null=True, verbose_name='difference')),
                ('parts', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='parts')),
                ('extract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reconciliations', to='imports.extract', verbose_name='extract')),
            ],
            options={
                'verbose_name': 'reconciliation',
                'verbose_name_plural': 'reconciliations',
                'ordering': ['extract', 'id'],
                'constraints': [models.UniqueConstraint(fields=('extract', 'kind', 'dimension', 'key', 'currency'), name='reconciliation_once'), models.CheckConstraint(condition=models.Q(models.Q(('difference', None), ('expected', None)), models.Q(('actual', None), ('difference', None)), models.Q(('actual__isnull', False), ('difference__isnull', False), ('expected__isnull', False)), _connector='OR'), name='reconciliation_difference_when_known')],
            },
        ),
        migrations.CreateModel(
            name='Reject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveBigIntegerField(verbose_name='line')),
                ('column', models.CharField(blank=True, default='', max_length=60, verbose_name='column')),
                ('value', postloan.core.encryption.EncryptedTextField(blank=True, default='', verbose_name='value')),
                ('reason', models.CharField(max_length=40, verbose_name='reason')),
                ('arguments', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='facts')),
                ('is_quarantined', models.BooleanField(default=False, verbose_name='in quarantine')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rejects', to='imports.extractfile', verbose_name='file')),
            ],
            options={
                'verbose_name': 'rejected row',
                'verbose_name_plural': 'rejected rows',
                'ordering': ['file', 'line', 'id'],
                'indexes': [models.Index(fields=['file', 'line'], name='reject_file_line')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='reject_has_reason')],
            },
        ),
    ]
