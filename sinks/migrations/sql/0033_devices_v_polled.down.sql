-- As it was before step 32, which takes the columns away next.
CREATE OR REPLACE VIEW {database}.devices_v {on_cluster} AS
SELECT * EXCEPT (
    via, polled_by, model, mac, uptime_s, last_activity, utc_offset_s, tz_conflict, watermark, sample,
    sampled_at, source_status, source_since, source_why, source_worker, last_good_poll, lag_s, source_rows,
    source_errors
)
FROM {database}.devices FINAL
