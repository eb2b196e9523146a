-- The last decision on each card.
CREATE VIEW IF NOT EXISTS {database}.approvals_v {on_cluster} AS
SELECT * FROM {database}.approvals FINAL
ORDER BY decided_at DESC, approval_id DESC
LIMIT 1 BY tenant, employee, work_date
