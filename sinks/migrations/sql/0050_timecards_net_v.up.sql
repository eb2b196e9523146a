-- What is to be paid for each date, in minutes: the latest card, plus the adjustments that stand where it is locked.
CREATE VIEW IF NOT EXISTS {database}.timecards_net_v {on_cluster} AS
WITH sums AS
(
    SELECT tenant, employee, work_date, sumMap(minutes) AS delta FROM {database}.timecards_adjustments_v
    GROUP BY tenant, employee, work_date
),
cards AS
(
    SELECT tenant, employee, work_date, status, is_final, worked, reg, ot1, ot2, ot3, hol, wkd
    FROM {database}.timecards_daily_v
)
SELECT
    if(cards.tenant != '', cards.tenant, sums.tenant) AS tenant,
    if(cards.employee != '', cards.employee, sums.employee) AS employee,
    if(cards.tenant != '', cards.work_date, sums.work_date) AS work_date,
    cards.status AS status,
    cards.is_final AS is_final,
    notEmpty(sums.delta) AS is_adjusted,
    toInt64(cards.worked) + sums.delta['worked'] AS worked,
    toInt64(cards.reg) + sums.delta['reg'] AS reg,
    toInt64(cards.ot1) + sums.delta['ot1'] AS ot1,
    toInt64(cards.ot2) + sums.delta['ot2'] AS ot2,
    toInt64(cards.ot3) + sums.delta['ot3'] AS ot3,
    toInt64(cards.hol) + sums.delta['hol'] AS hol,
    toInt64(cards.wkd) + sums.delta['wkd'] AS wkd
FROM cards
FULL OUTER JOIN sums
ON cards.tenant = sums.tenant AND cards.employee = sums.employee AND cards.work_date = sums.work_date
