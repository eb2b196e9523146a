-- Each correction as it stands: its greatest version.
CREATE VIEW IF NOT EXISTS {database}.corrections_v {on_cluster} AS
SELECT * FROM {database}.corrections FINAL
ORDER BY version DESC
LIMIT 1 BY tenant, employee, correction_id
