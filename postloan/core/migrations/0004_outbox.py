import django.core.serializers.json
import django.db.models.deletion
import postloan.core.encryption
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0003_working_days'),
        ('organization', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=160, unique=True, verbose_name='key')),
                ('template', models.CharField(max_length=60, verbose_name='template')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('recipient_kind', models.CharField(choices=[('borrower', 'borrower'), ('staff', 'staff member')], max_length=10, verbose_name='recipient')),
                ('customer_id', models.BigIntegerField(blank=True, null=True, verbose_name='customer')),
                ('loan_id', models.BigIntegerField(blank=True, null=True, verbose_name='loan')),
                ('address', postloan.core.encryption.EncryptedTextField(blank=True, default='', verbose_name='address')),
                ('arguments', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='facts')),
                ('secrets', postloan.core.encryption.EncryptedTextField(blank=True, default='', verbose_name='facts for the recipient only')),
                ('business_date', models.DateField(blank=True, null=True, verbose_name='business date')),
                ('created_at', models.DateTimeField(verbose_name='written at')),
                ('run_id', models.BigIntegerField(blank=True, null=True, verbose_name='run')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn at')),
                ('staff', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='staff')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'ordering': ['-created_at', '-id'],
                'indexes': [models.Index(fields=['customer_id', '-created_at'], name='outbox_customer'), models.Index(condition=models.Q(('loan_id__isnull', False)), fields=['loan_id'], name='outbox_loan')],
                'constraints': [models.CheckConstraint(condition=models.Q(('recipient_kind__in', ['borrower', 'staff'])), name='outbox_known_recipient'), models.CheckConstraint(condition=models.Q(models.Q(('customer_id__isnull', False), ('recipient_kind', 'borrower'), ('staff', None)), models.Q(('recipient_kind', 'staff'), ('staff__isnull', False)), _connector='OR'), name='outbox_recipient_is_named'), models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='outbox_has_key')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=180, unique=True, verbose_name='key')),
                ('channel', models.CharField(max_length=20, verbose_name='channel')),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sending', 'being sent'), ('sent', 'sent'), ('failed', 'to be tried again'), ('dead', 'not deliverable'), ('withdrawn', 'withdrawn')], default='waiting', max_length=10, verbose_name='state')),
                ('attempts', models.PositiveIntegerField(default=0, verbose_name='tries')),
                ('next_try_at', models.DateTimeField(blank=True, null=True, verbose_name='next try at')),
                ('claimed_at', models.DateTimeField(blank=True, null=True, verbose_name='taken at')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('outcome_unknown', models.BooleanField(default=False, verbose_name='outcome not known')),
                ('error', models.CharField(blank=True, default='', max_length=400, verbose_name='error')),
                ('provider_reference', models.CharField(blank=True, default='', max_length=120, verbose_name='reference of the provider')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='core.outboxmessage', verbose_name='message')),
            ],
            options={
                'verbose_name': 'delivery',
                'verbose_name_plural': 'deliveries',
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'failed'])), fields=['next_try_at'], name='delivery_due'), models.Index(condition=models.Q(('state__in', ['dead', 'sending'])), fields=['state'], name='delivery_to_look_at')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sending', 'sent', 'failed', 'dead', 'withdrawn'])), name='delivery_known_state'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', False), _connector='OR'), name='delivery_sent_has_moment'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['waiting', 'failed']), _negated=True), ('next_try_at__isnull', False), _connector='OR'), name='delivery_waiting_has_next_try'), models.CheckConstraint(condition=models.Q(('outcome_unknown', False), ('state', 'sending'), _connector='OR'), name='delivery_unknown_only_while_sending')],
            },
        ),
    ]
