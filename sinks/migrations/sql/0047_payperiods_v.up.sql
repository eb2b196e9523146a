-- Each pay period as it stands: its greatest version.
CREATE VIEW IF NOT EXISTS {database}.payperiods_v {on_cluster} AS
SELECT * FROM {database}.payperiods FINAL
ORDER BY version DESC
LIMIT 1 BY tenant, pay_group, `first`
