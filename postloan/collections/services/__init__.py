"""What changes the work of collecting. The night's functions take a business date and a run and return counts."""

from postloan.collections.services.actions import ContactRefused, Done, record_action
from postloan.collections.services.deductions import list_deductions, remind_instalments
from postloan.collections.services.demands import make_demands, record_receipt
from postloan.collections.services.maturities import raise_maturity_notices
from postloan.collections.services.maturity_lists import raise_maturity_lists, receive_list
from postloan.collections.services.new_details import correct_data, show_new_details
from postloan.collections.services.overdue import follow_overdue
from postloan.collections.services.plans import decide_plan, give_second_opinion, save_plan, submit_plan
from postloan.collections.services.promises import evaluate_promises
from postloan.collections.services.receipts import Refused, follow_up, receive_notice

__all__ = [
    "ContactRefused",
    "Done",
    "Refused",
    "correct_data",
    "decide_plan",
    "evaluate_promises",
    "follow_overdue",
    "follow_up",
    "give_second_opinion",
    "list_deductions",
    "make_demands",
    "raise_maturity_lists",
    "raise_maturity_notices",
    "receive_list",
    "receive_notice",
    "record_action",
    "record_receipt",
    "remind_instalments",
    "save_plan",
    "show_new_details",
    "submit_plan",
]
