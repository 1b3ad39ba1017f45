-- One person's handling time of a week, on Slack's Home, was read from everybody's spans
-- of that week: the index by agent did not have what is summed, and PostgreSQL found the
-- other one cheaper. Building the index locks writes to spans for some seconds with a
-- million tickets.
-- +goose Up
CREATE INDEX spans_person ON spans (agent, ended_at) INCLUDE (desk, ticket, kind, active_ms) WHERE ended_at IS NOT NULL;
DROP INDEX spans_agent;
