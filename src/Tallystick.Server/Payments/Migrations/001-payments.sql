create schema payments;

-- Every request that could move money, stored before it is sent. A key is one intention: it never gets another body.
create table payments.gateway_request (
  key text primary key,
  path text not null,
  body_sha256 bytea not null,
  -- sent: on its way, or a crash hides what became of it; unknown: no answer tells; known: the answer stands here.
  state text not null check (state in ('sent', 'unknown', 'known')),
  status int,
  response jsonb,
  first_sent_at timestamptz not null,
  answered_at timestamptz
);

-- One checkout: a purchase of an offer, or a wallet top-up.
create table payments.checkout (
  id uuid primary key,
  kind text not null check (kind in ('purchase', 'top_up')),
  buyer uuid not null,
  idempotency_key text not null,
  request_sha256 bytea not null,
  offer_id uuid,
  work_id uuid,
  creator uuid,
  title text not null,
  gross bigint not null check (gross >= 0),
  currency text not null,
  refund_days int not null,
  success_url text not null,
  cancel_url text not null,
  state text not null check (state in ('creating', 'open', 'paid', 'expired', 'refused')),
  created_at timestamptz not null,
  session_id text unique,
  checkout_url text,
  payment_intent text unique,
  charge text unique,
  fee bigint,
  paid_at timestamptz,
  refund_until timestamptz,
  refund_requested_at timestamptz,
  refunded bigint not null default 0 check (refunded between 0 and gross),
  -- Withdrawn by disputes that are open.
  disputed bigint not null default 0,
  -- Taken for good by disputes that were lost before the money was shared.
  lost bigint not null default 0,
  -- The billing run that shared what was left of a purchase.
  shared_in uuid,
  -- When the sweep looks at it again.
  check_at timestamptz not null,
  unique (buyer, kind, idempotency_key)
);

create index checkout_sweep on payments.checkout (check_at)
  where state in ('creating', 'open') or refund_requested_at is not null;
create index checkout_buyer on payments.checkout (buyer, id);
create index checkout_due on payments.checkout (refund_until)
  where kind = 'purchase' and state = 'paid' and shared_in is null;
create index checkout_shared on payments.checkout (shared_in) where shared_in is not null;

-- What the gateway says it moved, until it is ours to use.
create table payments.balance_transaction (
  id text primary key,
  net bigint not null,
  currency text not null,
  available_on timestamptz not null,
  check_at timestamptz not null,
  settled_at timestamptz
);

create index balance_transaction_unsettled on payments.balance_transaction (check_at) where settled_at is null;

create table payments.refund (
  id text primary key,
  checkout_id uuid not null references payments.checkout (id),
  amount bigint not null,
  at timestamptz not null
);

create index refund_checkout on payments.refund (checkout_id);

create table payments.dispute (
  id text primary key,
  checkout_id uuid not null references payments.checkout (id),
  amount bigint not null,
  reason text not null,
  state text not null check (state in ('open', 'won', 'lost')),
  updated_at timestamptz not null
);

create table payments.payout_account (
  organisation_id uuid primary key,
  country text not null,
  account_id text unique,
  transfers text not null default 'inactive',
  payouts_enabled boolean not null default false,
  details_submitted boolean not null default false,
  requirements jsonb not null default '{}',
  updated_at timestamptz not null,
  check_at timestamptz not null
);

-- Webhooks as they came, before anything was made of them.
create table payments.inbound (
  id bigint generated always as identity primary key,
  received_at timestamptz not null,
  signature text not null,
  body bytea not null,
  -- valid, or why not.
  verdict text not null,
  event_id text,
  type text,
  deliveries int not null default 1,
  state text not null check (state in ('received', 'processed', 'ignored', 'failed', 'refused')),
  result text,
  attempts int not null default 0,
  due_at timestamptz not null,
  processed_at timestamptz
);

create unique index inbound_event on payments.inbound (event_id) where verdict = 'valid';
create index inbound_due on payments.inbound (due_at) where state = 'received';
create index inbound_refused on payments.inbound (id) where state = 'refused';
