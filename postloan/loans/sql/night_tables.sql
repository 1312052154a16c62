-- What a night works with, gone with its end.
-- 1. night_candidate: the loans it looks at.
-- 2. night_draft: what their state should be.
-- 3. night_threshold: the days overdue at which a code changes.
-- 4. night_next: when each of them changes next.
CREATE TEMPORARY TABLE night_candidate (loan_id bigint PRIMARY KEY);
CREATE TEMPORARY TABLE night_draft (
    loan_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    branch_id bigint NOT NULL,
    manager_id bigint,
    status varchar(20) NOT NULL,
    currency varchar(3) NOT NULL,
    principal_balance numeric(18, 2) NOT NULL,
    matures_on date NOT NULL,
    overdue_since date,
    principal_overdue_since date,
    interest_overdue_since date,
    overdue_principal numeric(18, 2) NOT NULL,
    overdue_interest numeric(18, 2),
    five_level_class varchar(20) NOT NULL,
    missed_in_a_row integer,
    missed_in_all integer,
    class_method varchar(20) NOT NULL,
    days integer NOT NULL,
    bucket varchar(2),
    band varchar(12),
    class_floor varchar(16)
);
CREATE TEMPORARY TABLE night_threshold (days integer PRIMARY KEY);
CREATE TEMPORARY TABLE night_next (loan_id bigint PRIMARY KEY, day date);
