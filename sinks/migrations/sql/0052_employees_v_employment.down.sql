-- As it was before step 36, which takes the column away.
CREATE OR REPLACE VIEW {database}.employees_v {on_cluster} AS
SELECT * EXCEPT (employment) FROM {database}.employees FINAL
