-- As it was before step 37, which takes the columns away.
CREATE OR REPLACE VIEW {database}.corrections_v {on_cluster} AS
SELECT * EXCEPT (target_at, work_date, minutes, leave_code, batch) FROM {database}.corrections FINAL
ORDER BY version DESC
LIMIT 1 BY tenant, employee, correction_id
