-- As before, with the new columns: a view keeps the columns that it was made with.
-- Each correction as it stands: its greatest version.
CREATE OR REPLACE VIEW {database}.corrections_v {on_cluster} AS
SELECT * FROM {database}.corrections FINAL
ORDER BY version DESC
LIMIT 1 BY tenant, employee, correction_id
