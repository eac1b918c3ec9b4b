-- In which form a value goes to the CSE, and what is to be known of a form that is no plain container: mapping/engine/target_detail.h.
ALTER TABLE outbox ADD COLUMN form INTEGER NOT NULL DEFAULT 0;  -- 0 container, 1 flexContainer, 2 mgmtObj, 3 timeSeries, 4 transparent
ALTER TABLE outbox ADD COLUMN detail TEXT NOT NULL DEFAULT '';
ALTER TABLE rejected ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rejected ADD COLUMN detail TEXT NOT NULL DEFAULT '';
