from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0004_outbox'),
    ]

    operations = [
        migrations.CreateModel(
            name='SourceDate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.CharField(max_length=60, unique=True, verbose_name='file')),
                ('business_date', models.DateField(verbose_name='data date')),
                ('mode', models.CharField(max_length=14, verbose_name='mode')),
            ],
            options={
                'verbose_name': 'data date of a source',
                'verbose_name_plural': 'data dates of sources',
                'ordering': ['file'],
            },
        ),
    ]
