-- How large the database was on each day, so that health can say how many days
-- are left at the present rate. Written by cmd/footnote. New table: no lock on
-- existing data.
-- +goose Up
CREATE TABLE store_sizes (
    store text NOT NULL,                         -- database
    day   date NOT NULL,
    bytes bigint NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (store, day)
);
