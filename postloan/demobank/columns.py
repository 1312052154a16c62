"""The columns this bank delivers, file by file, in the order they are written."""

COLUMNS: dict[str, tuple[str, ...]] = {
    name: tuple(columns.split())
    for name, columns in {
        "branches": "branch_code name parent_code level kind",
        "staff": "staff_no name branch_code posts lines certificate_until active",
        "products": "product_code name family line class_method grace_days",
        "groups": "group_no name core_customer_no",
        "customers": "customer_no name kind branch_code manager_no assistant_no id_type id_number id_valid_until "
        "birth_date sex phone address service_address region industry_code enterprise_size rating rating_on "
        "rating_valid_until group_no key_customer blacklisted",
        "related_parties": "customer_no relation party_no name id_type id_number share_pct party_customer_no",
        "credit_reports": "report_no customer_no reported_on authorisation_no worst_class_elsewhere debt_elsewhere "
        "debt_elsewhere_over_90_days guarantees_given lenders inquiries_2_months",
        "facilities": "facility_no customer_no approval_no approved_on total exposure_limit used available "
        "expires_on frozen",
        "approval_conditions": "condition_no facility_no kind text due_on fulfilled_on",
        "contracts": "contract_no customer_no facility_no kind signed_on starts_on ends_on amount currency "
        "dispute_resolution notarised return_account_no",
        "loans": "loan_no contract_no customer_no branch_code booking_branch_code product_code purpose "
        "use_industry_code "
        "currency amount disbursed_on matures_on annual_rate rate_type repricing_on repayment_method payment_mode "
        "secured_by principal_balance interest_receivable interest_arrears_on_balance interest_arrears_off_balance "
        "penalty_interest compound_interest principal_overdue_since interest_overdue_since overdue_principal "
        "accrual_status account_no manager_no originator_no approver_no original_matures_on extension_count "
        "renewal_kind refinances_loan_no restructured_on five_level_class twelve_level_class classified_on ecl_stage "
        "provision inclusive agricultural green entrusted_loan syndicated_share_pct status settled_on product_name",
        "instalments": "loan_no number due_on principal_due interest_due penalty_due principal_paid interest_paid "
        "penalty_paid principal_settled_on interest_settled_on settled_on",
        "repayments": "receipt_no loan_no paid_on principal interest penalty compound fees source account_no "
        "reverses_receipt_no",
        "payments_out": "payment_no loan_no paid_on amount mode payee_name payee_account payee_bank purpose",
        "deductions": "deduction_no loan_no account_no tried_on amount taken result reason",
        "off_balance": "item_no kind customer_no contract_no branch_code currency amount margin_account_no margin_pct "
        "margin_balance exposure issued_on matures_on five_level_class advance_loan_no status",
        "accounts": "account_no customer_no kind balance available daily_average frozen",
        "account_entries": "entry_no account_no customer_no booked_on direction amount balance_after counterparty_name "
        "counterparty_account counterparty_bank summary",
        "collateral": "collateral_no kind owner_no owner_name description register_no certificate_no location "
        "appraised_value appraised_on appraiser insured_until insurance_beneficiary prior_claims pre_registration "
        "custody seized",
        "collateral_links": "collateral_no contract_no secured_amount max_claim rank registered_on registered_until",
        "guarantees": "guarantee_no contract_no guarantor_no guarantor_name signed_on amount maximum liability "
        "guaranteed_until period_wording",
        "financial_statements": "customer_no period_end period_kind scope item value audited",
        "external_events": "event_no customer_no subject_name subject_id_number occurred_on kind source summary amount",
        "gl_balances": "subject_code branch_code currency name balance",
    }.items()
}
# What happened since the date before; everything else is delivered whole.
CHANGES = ("repayments", "payments_out", "deductions", "account_entries", "financial_statements")
TOTALLED: dict[str, tuple[str, ...]] = {
    "loans": ("amount", "principal_balance"), "instalments": ("principal_due", "principal_paid", "interest_paid"),
    "repayments": ("principal", "interest"), "payments_out": ("amount",), "deductions": ("taken",),
    "account_entries": ("amount",), "accounts": ("balance",), "off_balance": ("amount", "exposure"),
    "gl_balances": ("balance",), "collateral": ("appraised_value",),
}  # fmt: skip
# The kinds of events the bank's vendor reports; the others are "no data".
COVERED_EVENTS = (
    "other_bank_overdue", "new_lender", "credit_inquiries", "lawsuit_defendant", "enforcement", "asset_freeze",
    "bankruptcy_petition", "dishonest_debtor", "legal_representative_change", "controller_change", "shareholder_change",
    "new_chattel_mortgage", "abnormal_operation", "administrative_penalty", "tax_arrears", "environmental_penalty",
    "production_stopped", "wage_arrears", "key_customer_lost", "relocation", "controller_missing", "marriage_crisis",
    "gambling_or_drugs", "collateral_seized", "price_shock", "disaster",
)  # fmt: skip
