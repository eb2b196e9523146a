-- Locked periods against the cards that are stored: every difference should be 0.
CREATE VIEW IF NOT EXISTS {database}.payperiods_check_v {on_cluster} AS
SELECT
    period.tenant AS tenant, period.pay_group AS pay_group, period.`first` AS first_date, period.`last` AS last_date,
    period.version AS version, period.acknowledged_by AS acknowledged_by,
    JSONExtractUInt(period.manifest, 'cards') AS manifest_cards,
    JSONExtractUInt(period.manifest, 'minutes', 'worked') AS manifest_worked,
    countIf(card.work_date BETWEEN period.`first` AND period.`last`) AS stored_cards,
    sumIf(card.worked, card.work_date BETWEEN period.`first` AND period.`last`) AS stored_worked,
    toInt64(manifest_cards) - toInt64(stored_cards) AS cards_missing,
    toInt64(manifest_worked) - toInt64(stored_worked) AS minutes_missing
FROM (SELECT * FROM {database}.payperiods_v WHERE status = 'LOCKED') AS period
LEFT JOIN (SELECT tenant, pay_group, work_date, worked FROM {database}.timecards_daily_v WHERE is_final) AS card
ON period.tenant = card.tenant AND period.pay_group = card.pay_group
GROUP BY tenant, pay_group, first_date, last_date, version, acknowledged_by, period.manifest
