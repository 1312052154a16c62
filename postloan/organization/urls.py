from django.urls import path, re_path

from postloan.organization.views import branches, parameters, people, record, session, sessions, stand_ins

app_name = "organization"

ACCOUNT_CHANGE = r"^people/(?P<staff_id>[0-9]+)/(?P<change>disable|enable|unlock|reset-password)$"

DECISION = r"^parameters/proposals/(?P<proposal_id>[0-9]+)/(?P<decision>approve|refuse|withdraw)$"
BRANCH_DECISION = r"^branches/changes/(?P<change_id>[0-9]+)/(?P<decision>approve|refuse|withdraw)$"

urlpatterns = [
    path("login", session.login, name="login"),
    path("logout", session.logout, name="logout"),
    path("password", session.change_password, name="change_password"),
    path("sessions", session.my_sessions, name="my_sessions"),
    path("people", people.people, name="people"),
    path("people/new", people.new_person, name="new_person"),
    path("people/<int:staff_id>", people.person, name="person"),
    re_path(ACCOUNT_CHANGE, people.change_account, name="change_account"),
    path("people/<int:staff_id>/posts/new", people.grant_post, name="grant_post"),
    path("people/<int:staff_id>/move", people.move_person, name="move_person"),
    path("posts/<int:post_id>/end", people.end_post, name="end_post"),
    path("records/log-ins", record.log_in_record, name="log_in_record"),
    path("records/sessions", sessions.sessions, name="sessions"),
    path("records/sessions/<int:log_in_id>/end", sessions.end_session, name="end_session"),
    path("parameters", parameters.parameters, name="parameters"),
    re_path(DECISION, parameters.decide_parameter, name="decide_parameter"),
    path("parameters/<str:key>", parameters.parameter, name="parameter"),
    path("parameters/<str:key>/propose", parameters.propose_parameter, name="propose_parameter"),
    path("branches", branches.branches, name="branches"),
    path("branches/<int:branch_id>", branches.branch, name="branch"),
    path("branches/<int:branch_id>/propose", branches.propose_branch, name="propose_branch"),
    re_path(BRANCH_DECISION, branches.decide_branch, name="decide_branch"),
    path("stand-ins", stand_ins.stand_ins, name="stand_ins"),
    path("stand-ins/<int:stand_in_id>/withdraw", stand_ins.withdraw_stand_in, name="withdraw_stand_in"),
]
