-- The audit log also says what the rows were that the report is made of. Outcomes
-- are found by when they were recorded, deliveries by when they were made, and the
-- newest row that vouches for such rows quickly. Building the indexes locks writes to
-- outcomes, deliveries and the log while it lasts. A process of the previous version
-- does not use them; what it writes meanwhile is not vouched for.
-- +goose Up
CREATE INDEX outcomes_recorded ON outcomes (recorded_at) WHERE recorded_at IS NOT NULL;
CREATE INDEX deliveries_created ON deliveries (created_at);
CREATE INDEX audit_log_sealed ON audit_log (seq) WHERE action = 'rows.sealed';
