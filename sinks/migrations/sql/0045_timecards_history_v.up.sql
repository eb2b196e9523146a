-- Every version of every card, each once; VOID ones included.
CREATE VIEW IF NOT EXISTS {database}.timecards_history_v {on_cluster} AS
SELECT * FROM {database}.timecards_history FINAL
