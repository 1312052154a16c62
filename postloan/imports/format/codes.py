"""The code lists of the extract. An unknown code is accepted and becomes a finding."""

from __future__ import annotations

from postloan.organization.models import BranchKind, BranchLevel, Line, PostCode


def known(words: str) -> frozenset[str]:
    return frozenset(words.split())


BRANCH_LEVEL = frozenset(BranchLevel.values)
BRANCH_KIND = frozenset(BranchKind.values)
LINE = frozenset(Line.values)
POST = frozenset(PostCode.values) - {"system_administrator", "security_administrator", "audit_administrator"}
CLASS_METHOD = known("debtor days_past_due credit_card")
PRODUCT_FAMILY = known(
    "working_capital fixed_asset project property_development trade_finance acceptance guarantee_letter"
    " letter_of_credit small_business personal_business personal_consumption home_mortgage car farmer student"
)
CUSTOMER_KIND = known(
    "corporate small_business self_employed individual farmer public_institution platform guarantee_company cooperative"
)
ID_TYPE = known("resident_id credit_code passport other")
SEX = known("m f")
ENTERPRISE_SIZE = known("large medium small micro")
RELATION = known("legal_representative controller shareholder spouse affiliate executive")
CONDITION = known("before_payout covenant post_loan")
CONTRACT = known("single revolving maximum")
RATE_TYPE = known("fixed floating")
REPAYMENT_METHOD = known("equal_instalments equal_principal bullet interest_monthly interest_quarterly other")
PAYMENT_MODE = known("entrusted own")
SECURED_BY = known("credit guarantee mortgage pledge")
ACCRUAL = known("accrual non_accrual")
RENEWAL = known("refinance renewal_without_repayment repaid_and_relent")
FIVE_LEVEL = known("normal special_mention substandard doubtful loss")
LOAN_STATUS = known("active settled written_off transferred advance")
REPAYMENT_SOURCE = known("borrower guarantor collateral third_party new_loan")
DEDUCTION_RESULT = known("taken partly failed")
OFF_BALANCE_KIND = known("acceptance guarantee_letter letter_of_credit commitment non_standard")
ACCOUNT_KIND = known("settlement repayment return supervised margin")
DIRECTION = known("credit debit")
COLLATERAL_KIND = known(
    "residential commercial_property office industrial_property land_use_right construction_in_progress machinery"
    " vehicle vessel inventory receivables deposit bond bill listed_shares unlisted_shares fund_or_wealth_product"
    " insurance_policy gold intellectual_property forest_or_farmland_right other"
)
LIABILITY = known("joint general")
PERIOD_KIND = known("year half quarter month")
STATEMENT_SCOPE = known("single consolidated")
STATEMENT_ITEM = known(
    "cash notes_receivable accounts_receivable other_receivables prepayments inventory current_assets"
    " long_term_investments fixed_assets construction_in_progress intangible_assets total_assets short_term_loans"
    " notes_payable accounts_payable advances_received wages_payable taxes_payable other_payables"
    " current_liabilities long_term_loans bonds_payable total_liabilities paid_in_capital retained_earnings"
    " total_equity revenue cost_of_sales selling_expenses administrative_expenses finance_expenses"
    " interest_expense depreciation_amortisation operating_profit total_profit income_tax net_profit"
    " operating_cash_in operating_cash_out operating_cash_flow investing_cash_flow financing_cash_flow employees"
    " electricity_kwh water_m3 vat_sales tax_paid orders_on_hand capacity_utilisation_pct audit_opinion"
)
EVENT_KIND = known(
    "other_bank_overdue other_bank_special_mention other_bank_npl new_lender credit_inquiries bond_default"
    " rating_downgrade dishonest_debtor spending_restriction lawsuit_defendant enforcement asset_freeze"
    " bankruptcy_petition criminal_case legal_representative_change controller_change shareholder_change"
    " capital_reduction share_pledge merger_division abnormal_operation licence_revoked new_chattel_mortgage"
    " administrative_penalty tax_arrears tax_grade_down environmental_penalty safety_accident customs_downgrade"
    " permit_expired production_stopped wage_arrears utility_arrears key_customer_lost asset_sale relocation"
    " controller_missing controller_ill_or_dead marriage_crisis gambling_or_drugs collateral_seized"
    " collateral_damaged collateral_reregistered industry_restricted price_shock disaster"
)
