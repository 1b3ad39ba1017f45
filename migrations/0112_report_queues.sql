-- A report of one queue is now counted as that of one desk is (report_counts, scope
-- desk/<name>/queue/<name>; review/measure fills it in the background). What is left to
-- read fact by fact, the values around a median, this index finds; it replaces the one
-- that read all of a queue's period. Building it locks writes to report_facts, which only
-- review/measure writes, in the background: about a minute with a million tickets. A
-- process of the previous version goes on, more slowly.
-- +goose Up
CREATE INDEX report_facts_queue_figure ON report_facts (queue, noun, part, bucket, at) INCLUDE (value, desk) WHERE queue <> '';
DROP INDEX report_facts_queue;
