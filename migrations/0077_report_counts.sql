-- What the report is made of, kept up to date ticket by ticket, so that a report
-- reads some thousand rows however many tickets there are. Written by
-- review/measure; triggers on other areas' tables only note which ticket changed.
-- Creating a trigger locks its table against writes for a moment; the indexes lock
-- writes to decisions, spans and deliveries while they are built. A process of the
-- previous version writes as before, and the triggers see it.
-- +goose Up

-- Tickets whose figures may have changed; several rows may name one. A row is
-- committed with the change, so whoever deletes it sees the change. Desk '' names a
-- day (UTC, in ticket) of calls to models.
CREATE TABLE report_changes (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    desk   text NOT NULL,
    ticket text NOT NULL
);

-- What a ticket adds to the report: one row for each thing that is counted.
CREATE TABLE report_facts (
    desk   text NOT NULL,
    ticket text NOT NULL,
    noun   text NOT NULL,                -- handling, capped, first_response, resolution, outcome, decision, distance, band, delivery, sent, active
    part   text NOT NULL,                -- such as measured:treatment, proposed, edit
    key    text NOT NULL,                -- tells facts of one noun and ticket apart: message, draft, decision or delivery
    at     timestamptz NOT NULL,         -- in which period it counts
    value  double precision,             -- ms, or a share for distance
    bucket smallint NOT NULL,            -- of the value: values of one differ by at most 2 %; 0 without a value.
                                         -- active: the number of the ticket's active day before, -1: none
    queue  text NOT NULL,
    agent  text NOT NULL                 -- who did it; empty for nobody
);
CREATE INDEX report_facts_ticket ON report_facts (desk, ticket);
CREATE INDEX report_facts_figure ON report_facts (noun, part, bucket, at) INCLUDE (value, desk);

-- Facts counted by days, and by blocks of 4, 16 and 64 days. A row has a whole
-- histogram: a report reads some hundred rows.
CREATE TABLE report_counts (
    scope   text NOT NULL,               -- '' for all, desk/<name>
    level   smallint NOT NULL,           -- block is the day's number since 1970 shifted right by it: 0, 2, 4, 6
    block   int NOT NULL,
    noun    text NOT NULL,
    part    text NOT NULL,
    buckets smallint[] NOT NULL,         -- of report_facts, ascending
    counts  bigint[] NOT NULL,           -- of each
    PRIMARY KEY (scope, level, block, noun, part)
);

CREATE TABLE report_costs (
    day    date PRIMARY KEY,             -- UTC
    micros bigint NOT NULL
);

-- What a desk's imported history comes to, as of one state of its import.
CREATE TABLE report_baselines (
    desk     text PRIMARY KEY,
    as_of    timestamptz NOT NULL,       -- desk_imports.updated_at
    baseline jsonb NOT NULL
);

-- +goose StatementBegin
CREATE FUNCTION report_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    r record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'tickets' THEN
            INSERT INTO report_changes (desk, ticket) VALUES (r.desk, r.id);
        WHEN 'decisions' THEN
            INSERT INTO report_changes (desk, ticket) SELECT desk, ticket FROM drafts WHERE id = r.draft;
        WHEN 'llm_calls' THEN
            INSERT INTO report_changes (desk, ticket) VALUES ('', (r.at AT TIME ZONE 'UTC')::date::text);
        ELSE
            INSERT INTO report_changes (desk, ticket) VALUES (r.desk, r.ticket);
    END CASE;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER report_inserted AFTER INSERT OR DELETE ON tickets FOR EACH ROW EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_updated AFTER UPDATE ON tickets FOR EACH ROW
    WHEN ((OLD.revision, OLD.arm, OLD.queue, OLD.created_at, OLD.first_reply_at, OLD.solved_at) IS DISTINCT FROM
          (NEW.revision, NEW.arm, NEW.queue, NEW.created_at, NEW.first_reply_at, NEW.solved_at))
    EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_inserted AFTER INSERT OR DELETE ON outcomes FOR EACH ROW EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_updated AFTER UPDATE ON outcomes FOR EACH ROW
    WHEN ((OLD.kind, OLD.arrived_at) IS DISTINCT FROM (NEW.kind, NEW.arrived_at))
    EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_changed AFTER INSERT OR DELETE OR UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_inserted AFTER INSERT OR DELETE ON reviews FOR EACH ROW EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_updated AFTER UPDATE ON reviews FOR EACH ROW
    WHEN ((OLD.state, OLD.kind, OLD.distance, OLD.sent_at, OLD.decided_by) IS DISTINCT FROM
          (NEW.state, NEW.kind, NEW.distance, NEW.sent_at, NEW.decided_by))
    EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_changed AFTER INSERT OR DELETE OR UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_deleted AFTER DELETE ON spans FOR EACH ROW EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_inserted AFTER INSERT ON spans FOR EACH ROW
    WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_updated AFTER UPDATE ON spans FOR EACH ROW -- a touch changes no figure
    WHEN ((OLD.ended_at, OLD.ended_by, OLD.active_ms, OLD.kind, OLD.agent) IS DISTINCT FROM
          (NEW.ended_at, NEW.ended_by, NEW.active_ms, NEW.kind, NEW.agent)
          OR NEW.ended_at IS NOT NULL AND OLD.started_at IS DISTINCT FROM NEW.started_at)
    EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_inserted AFTER INSERT OR DELETE ON deliveries FOR EACH ROW EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_updated AFTER UPDATE ON deliveries FOR EACH ROW
    WHEN ((OLD.state, OLD.created_at) IS DISTINCT FROM (NEW.state, NEW.created_at))
    EXECUTE FUNCTION report_changed();
CREATE TRIGGER report_changed AFTER INSERT OR DELETE OR UPDATE ON llm_calls FOR EACH ROW EXECUTE FUNCTION report_changed();

-- Everything of before is still to be counted.
INSERT INTO report_changes (desk, ticket) SELECT desk, id FROM tickets;
INSERT INTO report_changes (desk, ticket) SELECT DISTINCT '', (at AT TIME ZONE 'UTC')::date::text FROM llm_calls;

-- One person's figures, and the history of one ticket.
CREATE INDEX decisions_agent ON decisions (agent, at);
CREATE INDEX spans_agent ON spans (agent, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX deliveries_ticket ON deliveries (desk, ticket);
