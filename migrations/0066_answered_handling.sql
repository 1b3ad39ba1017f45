-- Handling time is of tickets that somebody finished: replied to, here or in the
-- desk, rejected, handed off or released. A ticket that was only looked at has
-- none. The columns are as they were.
-- +goose Up
CREATE OR REPLACE VIEW handling_times AS
SELECT s.desk,
       s.ticket,
       s.kind,
       t.arm,
       t.queue,
       sum(s.active_ms)::bigint AS handling_ms,
       count(*) AS spans,
       min(s.started_at) AS started_at,
       max(s.ended_at) AS ended_at
  FROM spans s
  JOIN tickets t ON t.desk = s.desk AND t.id = s.ticket
 WHERE s.ended_at IS NOT NULL
 GROUP BY s.desk, s.ticket, s.kind, t.arm, t.queue
HAVING bool_or(s.ended_by <> 'idle');
