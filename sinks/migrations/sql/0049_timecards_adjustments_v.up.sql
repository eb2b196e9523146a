-- The adjustments that stand: those of a lock that was taken back by reopening are left out.
CREATE VIEW IF NOT EXISTS {database}.timecards_adjustments_v {on_cluster} AS
SELECT adjustment.* FROM (SELECT * FROM {database}.timecards_adjustments FINAL) AS adjustment
LEFT JOIN
(
    SELECT tenant, pay_group, `first`, max(version) AS reopened FROM {database}.payperiods
    WHERE status = 'REOPENED'
    GROUP BY tenant, pay_group, `first`
) AS period
ON adjustment.tenant = period.tenant AND adjustment.pay_group = period.pay_group
    AND adjustment.period_first = period.`first`
WHERE adjustment.period_version > period.reopened
