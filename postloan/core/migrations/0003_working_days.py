from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("core", "0002_sql_functions")]
    operations = [
        migrations.CreateModel(
            name="WorkingDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("is_working", models.BooleanField(verbose_name="working day")),
                ("is_provisional", models.BooleanField(verbose_name="provisional")),
                ("number", models.IntegerField(verbose_name="number of the working day")),
            ],
            options={
                "verbose_name": "working day",
                "verbose_name_plural": "working days",
                "ordering": ["day"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("is_working", True)), fields=("number",), name="working_day_number_once"
                    )
                ],
            },
        ),
    ]
