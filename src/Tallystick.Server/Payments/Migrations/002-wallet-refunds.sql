-- Unused money of a wallet that its buyer wants back: what was asked for, and the payments that it goes back to.
create table payments.wallet_refund (
  id uuid primary key,
  buyer uuid not null,
  idempotency_key text not null,
  amount bigint not null check (amount > 0),
  currency text not null,
  requested_at timestamptz not null,
  unique (buyer, idempotency_key)
);

create index wallet_refund_buyer on payments.wallet_refund (buyer, id);

create table payments.wallet_refund_part (
  refund_id uuid not null references payments.wallet_refund (id),
  checkout_id uuid not null references payments.checkout (id),
  amount bigint not null check (amount > 0),
  -- queued: to be sent, on its way, or unknown; refunded: the gateway says so; refused: the money is in the wallet again.
  state text not null check (state in ('queued', 'refunded', 'refused')),
  -- A key at the gateway lives for a day: one that has expired without effect is followed by another.
  attempt int not null default 1,
  first_sent_at timestamptz,
  check_at timestamptz not null,
  reason text,
  primary key (refund_id, checkout_id)
);

create index wallet_refund_part_queued on payments.wallet_refund_part (check_at) where state = 'queued';
create index wallet_refund_part_checkout on payments.wallet_refund_part (checkout_id) where state = 'queued';
