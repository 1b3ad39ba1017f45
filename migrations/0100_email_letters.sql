-- What is known of a mail besides: the rule by which it is nobody's to answer, whom
-- From names (from_email is where an answer goes), and who else got it. A mail that
-- was taken out of a folder is noticed and told. Written by bots/email. Constant
-- defaults and new tables: short locks, no rewrite. Rows from before have no rule and
-- no other addresses.
-- +goose Up
ALTER TABLE email_messages
    ADD COLUMN rule         text NOT NULL DEFAULT '',      -- empty: somebody may be to answer it
    ADD COLUMN from_address text NOT NULL DEFAULT '',
    ADD COLUMN others       text[] NOT NULL DEFAULT '{}';  -- in To and Cc
ALTER TABLE email_places
    ADD COLUMN gone_at   timestamptz,                      -- when it was seen not to be there any more
    ADD COLUMN gone_told boolean NOT NULL DEFAULT false;
CREATE INDEX email_places_gone ON email_places (desk, gone_at) WHERE gone_at IS NOT NULL;
