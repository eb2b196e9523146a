-- As it was before step 21, which takes the columns away next.
-- Each punch once, the copy of greatest rank. Copies of one punch have one key, so they lie in one partition, and FINAL
-- need not merge across partitions. One exception: a time too far in the future is clamped into the quarantine month (1970),
-- and a copy that arrives days later, when it is no longer future, is not. Both are one punch: the lesser is left out. Only
-- devices that have rows in quarantine are looked at for that, by primary key.
CREATE OR REPLACE VIEW {database}.punches_v {on_cluster} AS
SELECT * EXCEPT (verify_word, unverified)
FROM {database}.punches FINAL
WHERE (tenant, device, local_time, event_id) NOT IN
(
    SELECT tenant, device, arrayJoin(arrayFilter(time -> time != winner, times)), event_id
    FROM
    (
        SELECT tenant, device, event_id, groupUniqArray(local_time) AS times, argMax(local_time, rank) AS winner
        FROM {database}.punches
        WHERE (tenant, device) IN (SELECT tenant, device FROM {database}.punches WHERE local_time < '2015-01-01')
            AND event_id IN (SELECT event_id FROM {database}.punches WHERE local_time < '2015-01-01')
        GROUP BY tenant, device, event_id
        HAVING length(times) > 1
    )
)
SETTINGS do_not_merge_across_partitions_select_final = 1
