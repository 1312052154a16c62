"""Addresses of planning."""

from django.urls import path

from postloan.inspections.views import planning, policies

urlpatterns = [
    path("tasks", planning.tasks, name="tasks"),
    path("tasks/<int:task_id>", planning.task, name="task"),
    path("tasks/<int:task_id>/requests", planning.ask, name="ask"),
    path("tasks/<int:task_id>/visit", planning.bundle, name="bundle"),
    path("tasks/<int:task_id>/visit/leave", planning.leave_visit, name="leave_visit"),
    path("requests/<int:request_id>/decide", planning.decide_request, name="decide_request"),
    path("requests/<int:request_id>/take-back", planning.take_back_request, name="take_back_request"),
    path("route", planning.route, name="route"),
    path("order", planning.order, name="order"),
    path("policy", policies.policy, name="policy"),
    path("policy/new", policies.edit, name="edit_policy"),
    path("policy/<int:policy_id>", policies.one, name="policy_version"),
    path("policy/<int:policy_id>/decide", policies.decide, name="decide_policy"),
    path("work/todos/<int:todo_id>/inspect", planning.do_task, name="do_task"),
    path("work/todos/<int:todo_id>/decide-request", planning.decide_task_request, name="decide_task_request"),
]
