-- The class at least, from the days overdue alone, by the method of the loan's product.
-- 1. debtor and days_past_due, and any method we do not know: 2023 rules, art. 10(1), 11(1), 12(1), 13(1).
-- 2. credit_card: rules for the credit-card business, art. 92.
-- A technical overdue of up to seven days is a determination by two people; it is never assumed here.
UPDATE night_draft SET class_floor = CASE
    WHEN class_method = 'credit_card' THEN CASE
        WHEN days >= %(card_loss)s THEN 'loss'
        WHEN days >= %(card_doubtful)s THEN 'doubtful'
        WHEN days >= %(card_substandard)s THEN 'substandard'
        WHEN days >= %(card_special_mention)s THEN 'special_mention'
        ELSE 'normal' END
    ELSE CASE
        WHEN days >= %(loss)s THEN 'loss'
        WHEN days >= %(doubtful)s THEN 'doubtful'
        WHEN days >= %(substandard)s THEN 'substandard'
        WHEN days >= %(special_mention)s THEN 'special_mention'
        ELSE 'normal' END
    END
