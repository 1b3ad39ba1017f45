-- A report of one queue or of one agent is counted from its facts, which these find by
-- period without reading the table. Partial: most facts have no agent. Building them
-- locks writes to report_facts (only review/measure writes it, in the background), for
-- about a minute with a million tickets.
-- +goose Up
CREATE INDEX report_facts_queue ON report_facts (queue, at) INCLUDE (noun, part, bucket, value, desk, agent) WHERE queue <> '';
CREATE INDEX report_facts_agent ON report_facts (agent, at) INCLUDE (noun, part, bucket, value, desk, queue) WHERE agent <> '';
