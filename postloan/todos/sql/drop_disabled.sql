-- Who is disabled or has left gets nothing, not even what names them.
UPDATE todos_due SET assignee_id = NULL
WHERE assignee_id IN (SELECT s.id FROM organization_staff s WHERE NOT s.is_active)
