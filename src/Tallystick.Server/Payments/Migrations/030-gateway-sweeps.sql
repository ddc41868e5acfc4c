-- How far the gateway's own lists have been read. A pass goes from the newest row back to where the pass before had begun,
-- a page a step; where it stands is kept, so that a crash or a gateway that goes away costs a page and not the pass.
create table payments.sweep (
  name text primary key,
  -- By our clock: everything that the gateway had made before it has been read.
  covered_to timestamptz,
  pass_from timestamptz,
  pass_to timestamptz,
  pass_after text,
  due_at timestamptz not null default '-infinity',
  failures int not null default 0,
  failing_since timestamptz,
  error text
);

insert into payments.sweep (name) values ('events'), ('movements');

-- An event that no webhook brought is found by the sweep and worked out like any other.
alter table payments.inbound add column source text not null default 'webhook' check (source in ('webhook', 'sweep'));

-- Every change of our balance as the gateway tells it. What of it stands in our books is in payments.balance_transaction.
create table payments.movement (
  id text primary key,
  type text not null,
  source text,
  amount bigint not null,
  fee bigint not null,
  net bigint not null,
  currency text not null,
  created_at timestamptz not null,
  available_on timestamptz not null,
  available boolean not null,
  -- new: to be matched; booked: in our books; set_aside: a person says what it is.
  state text not null check (state in ('new', 'booked', 'set_aside')),
  attempts int not null default 0,
  due_at timestamptz not null,
  result text
);

create index movement_new on payments.movement (due_at, id) where state = 'new';
create index movement_unbooked on payments.movement (currency) where state <> 'booked';

-- Our books against the gateway's own balance, to the unit, once a day and on demand.
create table payments.comparison (
  id bigint generated always as identity primary key,
  compared_at timestamptz not null,
  currency text not null,
  ours bigint not null,
  theirs bigint not null,
  -- What the gateway has told of and our books do not hold yet.
  unbooked bigint not null
);

create index comparison_at on payments.comparison (compared_at);

-- A bank decides weeks later, and may change its mind: what was told of once is asked for until it cannot change any more.
alter table payments.dispute add column check_at timestamptz not null default now();
create index dispute_check on payments.dispute (check_at);

-- An account can be taken back by its owner, and creating one can be refused: each is over when its cause may be.
alter table payments.payout_account
  -- Part of the key at the gateway: another attempt is another request.
  add column attempt int not null default 1,
  -- When this attempt was first sent, and when and why the gateway refused it.
  add column asked_at timestamptz,
  add column refused_at timestamptz,
  add column refusal text,
  add column disconnected_at timestamptz;

create table payments.past_payout_account (
  account_id text primary key,
  organisation_id uuid not null,
  disconnected_at timestamptz,
  replaced_at timestamptz not null
);

create index payout_account_check on payments.payout_account (check_at) where account_id is not null;
