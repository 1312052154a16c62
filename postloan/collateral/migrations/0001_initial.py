import django.db.models.deletion
import postloan.core.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0001_initial'),
        ('loans', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Collateral',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_delivered_on', models.DateField(editable=False, verbose_name='first delivered on')),
                ('changed_on', models.DateField(editable=False, verbose_name='last changed on')),
                ('missing_since', models.DateField(blank=True, editable=False, null=True, verbose_name='not delivered since')),
                ('superseded_on', models.DateField(blank=True, editable=False, null=True, verbose_name='superseded on')),
                ('collateral_no', models.CharField(max_length=60, unique=True, verbose_name='collateral number')),
                ('kind', models.CharField(max_length=60, verbose_name='kind of collateral')),
                ('owner_no', models.CharField(blank=True, default='', max_length=60, verbose_name='owner number')),
                ('owner_name', models.CharField(blank=True, default='', max_length=200, verbose_name='owner name')),
                ('description', models.TextField(blank=True, default='', verbose_name='description')),
                ('register_no', models.CharField(blank=True, default='', max_length=120, verbose_name='register number')),
                ('certificate_no', models.CharField(blank=True, default='', max_length=120, verbose_name='certificate number')),
                ('location', models.CharField(blank=True, default='', max_length=400, verbose_name='location')),
                ('appraised_value', postloan.core.fields.AmountField(decimal_places=2, max_digits=18, verbose_name='appraised value')),
                ('appraised_on', models.DateField(verbose_name='appraised on')),
                ('appraiser', models.CharField(blank=True, default='', max_length=200, verbose_name='appraiser')),
                ('insured_until', models.DateField(blank=True, null=True, verbose_name='insured until')),
                ('insurance_beneficiary', models.CharField(blank=True, default='', max_length=200, verbose_name='insurance beneficiary')),
                ('prior_claims', postloan.core.fields.AmountField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='prior claims')),
                ('pre_registration', models.BooleanField(blank=True, null=True, verbose_name='pre-registration')),
                ('custody', models.CharField(blank=True, default='', max_length=120, verbose_name='custody')),
                ('seized', models.BooleanField(blank=True, null=True, verbose_name='seized')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_collateral', to='customers.customer', verbose_name='owner')),
            ],
            options={
                'verbose_name': 'collateral',
                'verbose_name_plural': 'collateral',
                'ordering': ['collateral_no'],
                'indexes': [models.Index(fields=['register_no'], name='collateral_register')],
                'constraints': [models.CheckConstraint(condition=models.Q(('appraised_value__gte', 0)), name='collateral_appraised_value_min_0'), models.CheckConstraint(condition=models.Q(('prior_claims__gte', 0)), name='collateral_prior_claims_min_0')],
            },
        ),
        migrations.CreateModel(
            name='CollateralLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_delivered_on', models.DateField(editable=False, verbose_name='first delivered on')),
                ('changed_on', models.DateField(editable=False, verbose_name='last changed on')),
                ('missing_since', models.DateField(blank=True, editable=False, null=True, verbose_name='not delivered since')),
                ('superseded_on', models.DateField(blank=True, editable=False, null=True, verbose_name='superseded on')),
                ('contract_no', models.CharField(max_length=60, verbose_name='contract number')),
                ('secured_amount', postloan.core.fields.AmountField(decimal_places=2, max_digits=18, verbose_name='secured amount')),
                ('max_claim', postloan.core.fields.AmountField(blank=True, decimal_places=2, max_digits=18, null=True, verbose_name='highest claim')),
                ('rank', models.IntegerField(blank=True, null=True, verbose_name='rank')),
                ('registered_on', models.DateField(blank=True, null=True, verbose_name='registered on')),
                ('registered_until', models.DateField(blank=True, null=True, verbose_name='registered until')),
                ('collateral', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='links', to='collateral.collateral', verbose_name='collateral')),
                ('contract', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='collateral_links', to='loans.contract', verbose_name='contract')),
            ],
            options={
                'verbose_name': 'collateral link',
                'verbose_name_plural': 'collateral links',
                'ordering': ['contract_no'],
                'indexes': [models.Index(fields=['contract_no'], name='collateral_link_contract')],
                'constraints': [models.UniqueConstraint(fields=('collateral', 'contract_no'), name='collaterallink_once'), models.CheckConstraint(condition=models.Q(('secured_amount__gte', 0)), name='collaterallink_secured_amount_min_0'), models.CheckConstraint(condition=models.Q(('max_claim__gte', 0)), name='collaterallink_max_claim_min_0')],
            },
        ),
        migrations.CreateModel(
            name='Guarantee',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_delivered_on', models.DateField(editable=False, verbose_name='first delivered on')),
                ('changed_on', models.DateField(editable=False, verbose_name='last changed on')),
                ('missing_since', models.DateField(blank=True, editable=False, null=True, verbose_name='not delivered since')),
                ('superseded_on', models.DateField(blank=True, editable=False, null=True, verbose_name='superseded on')),
                ('guarantee_no', models.CharField(max_length=60, unique=True, verbose_name='guarantee number')),
                ('contract_no', models.CharField(max_length=60, verbose_name='contract number')),
                ('guarantor_no', models.CharField(blank=True, default='', max_length=60, verbose_name='guarantor number')),
                ('guarantor_name', models.CharField(blank=True, default='', max_length=200, verbose_name='guarantor name')),
                ('signed_on', models.DateField(blank=True, null=True, verbose_name='signed on')),
                ('amount', postloan.core.fields.AmountField(decimal_places=2, max_digits=18, verbose_name='amount')),
                ('maximum', models.BooleanField(blank=True, null=True, verbose_name='maximum-amount guarantee')),
                ('liability', models.CharField(blank=True, default='', max_length=20, verbose_name='liability')),
                ('guaranteed_until', models.DateField(blank=True, null=True, verbose_name='guaranteed until')),
                ('period_wording', models.CharField(blank=True, default='', max_length=400, verbose_name='wording of the period')),
                ('contract', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='guarantees', to='loans.contract', verbose_name='contract')),
                ('guarantor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='guarantees_given', to='customers.customer', verbose_name='guarantor')),
            ],
            options={
                'verbose_name': 'guarantee',
                'verbose_name_plural': 'guarantees',
                'ordering': ['guarantee_no'],
                'indexes': [models.Index(fields=['contract_no'], name='guarantee_contract')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0)), name='guarantee_amount_min_0')],
            },
        ),
    ]
