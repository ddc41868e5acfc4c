-- What is queued can shrink to nothing by what its payee owes when it is sent, and what was paid can be taken back.
alter table payouts.payout
  drop constraint payout_state_check,
  drop constraint payout_minor_check,
  add constraint payout_state_check check (state in (
    'queued', 'sending', 'unknown', 'paid', 'failed', 'blocked', 'netted', 'reversed', 'set_aside')),
  add constraint payout_minor_check check (minor >= 0),
  -- Settled a debt of the payee instead of being sent; minor is what was left of it.
  add column netted bigint not null default 0 check (netted >= 0),
  -- Taken back at the gateway after it was paid.
  add column reversed bigint not null default 0 check (reversed >= 0),
  -- Where this attempt was sent: repeated under its key it goes there and nowhere else, whatever account the payee has by now.
  add column destination text,
  -- How often in a row working on it broke, for whatever reason.
  add column failures int not null default 0;

-- Transfers beyond the one that a payout is: the payee has the money and owes it.
create table payouts.extra_transfer (
  transfer_id text primary key,
  payout_id uuid not null references payouts.payout (id),
  minor bigint not null check (minor > 0),
  found_at timestamptz not null
);
