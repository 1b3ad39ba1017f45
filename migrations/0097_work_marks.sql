-- Tickets have marks among the words that they are searched by: in which block of days
-- their customer began to wait, and whether they are done (review/work). Tickets from
-- before get theirs in the background, the latest first; until then they are found as
-- before, only slower. A process of the previous version writes rows without marks,
-- which are found, too. No lock on existing data.
-- +goose Up
UPDATE work_fill SET begun_at = NULL, desk = '', ticket = '', done_at = NULL;
