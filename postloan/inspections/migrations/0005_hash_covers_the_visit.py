from django.db import migrations, models


def fields(default):
    return [
        ('hash_version', models.PositiveSmallIntegerField(default=default, verbose_name='version of the hash')),
        ('visit_seen', models.JSONField(blank=True, default=dict, verbose_name='what the visit told')),
    ]


class Migration(migrations.Migration):
    """Reports that are there keep version 1 until their content changes; new ones are of version 2."""

    dependencies = [
        ('inspections', '0004_cycle_at_the_grant'),
    ]

    operations = [
        *(
            migrations.RemoveField(model_name=name, name='shared_facts')
            for name in ('historicalvisit', 'visit')
        ),
        *(
            migrations.AddField(model_name=name, name=field, field=kind)
            for name in ('historicalreport', 'report')
            for field, kind in fields(default=1)
        ),
        *(
            migrations.AlterField(model_name=name, name='hash_version', field=dict(fields(default=2))['hash_version'])
            for name in ('historicalreport', 'report')
        ),
    ]
