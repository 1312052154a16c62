from django.urls import path

from postloan.todos import views

app_name = "todos"

urlpatterns = [
    path("work", views.my_work, name="my_work"),
    path("work/todos", views.todos, name="todos"),
    path("work/todos.csv", views.export, name="export"),
    path("work/todos/<int:todo_id>", views.todo, name="todo"),
    path("work/team", views.team, name="team"),
    path("work/reassign", views.reassign, name="reassign"),
    path("work/queues", views.queues, name="queues"),
    path("work/queues/<slug:post_code>/<int:branch_id>", views.queue, name="queue"),
    path("work/escalated", views.escalated, name="escalated"),
]
