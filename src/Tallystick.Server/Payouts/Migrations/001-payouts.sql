create schema payouts;

-- A payout is stored before anything is sent. A row is never deleted.
create table payouts.payout (
  id uuid primary key,
  run_id uuid not null,
  organisation_id uuid not null,
  minor bigint not null check (minor > 0),
  currency text not null,
  state text not null check (state in ('queued', 'sending', 'unknown', 'paid', 'failed', 'blocked')),
  -- A new attempt has a new key at the gateway, and is made only when the one before is known not to have paid.
  attempt int not null default 1,
  -- When this attempt's key was first used.
  first_sent_at timestamptz,
  transfer_id text unique,
  reason text,
  queued_at timestamptz not null,
  paid_at timestamptz,
  due_at timestamptz not null,
  tries int not null default 0,
  receipt_id uuid,
  unique (run_id, organisation_id, currency)
);

create index payout_due on payouts.payout (due_at) where state in ('queued', 'sending', 'unknown', 'blocked');
create index payout_organisation on payouts.payout (organisation_id, id);
