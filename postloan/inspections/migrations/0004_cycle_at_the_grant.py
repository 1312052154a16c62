from django.db import migrations, models


def keep_cycles(apps, schema_editor):
    """Later dates granted before: the cycle as it stands now counts as the one at the grant."""
    task_request = apps.get_model('inspections', 'TaskRequest')
    cycle = apps.get_model('inspections', 'InspectionCycle')
    granted = task_request.objects.filter(kind='delay', state='approved', cycle_due_on=None)
    for one in granted.select_related('task').iterator():
        now = cycle.objects.filter(customer=one.task.customer_id, line=one.task.line).first()
        if now is not None:
            task_request.objects.filter(pk=one.pk).update(cycle_days=now.every_days, cycle_due_on=now.due_on)


class Migration(migrations.Migration):

    dependencies = [
        ('inspections', '0003_use_of_funds_answered'),
    ]

    operations = [
        migrations.AddField(
            model_name=name,
            name=field,
            field=kind,
        )
        for name in ('historicaltaskrequest', 'taskrequest')
        for field, kind in (
            ('cycle_days', models.PositiveIntegerField(blank=True, null=True, verbose_name='cycle in days when granted')),
            ('cycle_due_on', models.DateField(blank=True, null=True, verbose_name='due by the cycle when granted')),
        )
    ] + [migrations.RunPython(keep_cycles, migrations.RunPython.noop)]
