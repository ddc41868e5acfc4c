-- Whose account was tried, as a hash: an account is let in again by forgetting what was counted against it anywhere.
alter table accounts.attempt add column account bytea;

create index attempt_account on accounts.attempt (account) where account is not null;
