-- The mail that the desk for e-mail has read, its threads, and what it sent.
-- Written by bots/email. New tables: no lock on existing data.
-- +goose Up
CREATE TABLE email_folders (
    desk     text NOT NULL,
    folder   text NOT NULL,
    validity bigint NOT NULL,             -- IMAP UIDVALIDITY: with another one all UIDs are others
    last_uid bigint NOT NULL,             -- read up to here
    PRIMARY KEY (desk, folder)
);

CREATE TABLE email_messages (
    seq         bigint GENERATED ALWAYS AS IDENTITY,
    desk        text NOT NULL,
    message     text NOT NULL,            -- the Message-ID, or a hash where that cannot be used
    message_id  text NOT NULL,            -- the Message-ID as others refer to it; empty without one
    digest      text NOT NULL,            -- of sender, subject and text: two mails may have one Message-ID
    ticket      text NOT NULL,
    refs        text[] NOT NULL,          -- References and In-Reply-To, oldest first
    subject     text NOT NULL,
    from_name   text NOT NULL,
    from_email  text NOT NULL,            -- where an answer goes: Reply-To, else From
    role        text NOT NULL CHECK (role IN ('customer', 'agent', 'bot', 'system')),
    marker      text NOT NULL,
    body        text NOT NULL,
    attachments text[] NOT NULL,          -- names only
    at          timestamptz NOT NULL,     -- when the server got it
    seen_at     timestamptz NOT NULL,     -- when we read it; grows within a ticket
    told        boolean NOT NULL,         -- published by the watcher
    PRIMARY KEY (desk, message)
);
CREATE INDEX email_messages_ticket ON email_messages (desk, ticket);
CREATE INDEX email_messages_id ON email_messages (desk, message_id);
CREATE INDEX email_messages_seen ON email_messages (desk, seen_at);
CREATE INDEX email_messages_untold ON email_messages (desk, seq) WHERE NOT told;

-- Where a mail stands in the mailbox: once, or in several folders.
CREATE TABLE email_places (
    desk     text NOT NULL,
    folder   text NOT NULL,
    validity bigint NOT NULL,
    uid      bigint NOT NULL,
    message  text NOT NULL,
    PRIMARY KEY (desk, folder, validity, uid)
);
CREATE INDEX email_places_message ON email_places (desk, message);

-- What we handed, or were about to hand, to the mail server: the proof that a
-- Message-ID in the mailbox is ours.
CREATE TABLE email_sent (
    desk       text NOT NULL,
    message_id text NOT NULL,
    ticket     text NOT NULL,
    marker     text NOT NULL,
    begun_at   timestamptz NOT NULL,
    PRIMARY KEY (desk, message_id)
);

-- Mail that could not be read; it stays in the mailbox.
CREATE TABLE email_quarantine (
    desk     text NOT NULL,
    folder   text NOT NULL,
    validity bigint NOT NULL,
    uid      bigint NOT NULL,
    bytes    bigint NOT NULL,
    reason   text NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (desk, folder, validity, uid)
);
CREATE INDEX email_quarantine_at ON email_quarantine (desk, at);
