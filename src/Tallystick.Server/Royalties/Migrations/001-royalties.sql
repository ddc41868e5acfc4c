create schema royalties;

-- Rules are data with versions. None is ever changed: a new one takes over at its day.
create table royalties.rule (
  work_id uuid not null,
  version int not null,
  effective_from timestamptz not null,
  body jsonb not null,
  created_by uuid not null,
  created_at timestamptz not null,
  primary key (work_id, version)
);

-- What billing must know of a licence, taken from its grant and its immutable offer.
create table royalties.licence (
  licence_id uuid primary key,
  offer_id uuid not null,
  work_id uuid not null,
  title text not null,
  buyer uuid not null,
  creator uuid not null,
  pseudonym uuid not null,
  purchase_id uuid,
  meter int not null,
  price_minor bigint not null,
  currency text not null,
  per bigint not null
);

create unique index licence_purchase on royalties.licence (purchase_id) where purchase_id is not null;

create table royalties.run (
  id uuid primary key,
  -- Everything sealed, and every refund window ended, before this instant.
  up_to timestamptz not null unique,
  state text not null check (state in ('open', 'charging', 'sharing', 'statements', 'payouts', 'closed')),
  fee_basis_points int not null,
  seals int not null default 0,
  -- How far the present step has come.
  after_id uuid not null default '00000000-0000-0000-0000-000000000000',
  opened_at timestamptz not null,
  closed_at timestamptz,
  waiting text,
  result jsonb
);

-- One run at a time: the next begins where this one ended.
create unique index run_one_open on royalties.run ((true)) where state <> 'closed';

-- Usage of a run as it was counted when the run was opened.
create table royalties.usage (
  run_id uuid not null references royalties.run (id),
  licence_id uuid not null,
  work_id uuid not null,
  meter int not null,
  quantity bigint not null,
  events bigint not null,
  seals uuid[] not null,
  primary key (run_id, licence_id, meter)
);

-- What rounding left over, exactly, for the licence's next line.
create table royalties.carry (
  licence_id uuid primary key,
  numerator numeric(39) not null,
  denominator bigint not null check (denominator > 0)
);

create table royalties.charge (
  id bigint generated always as identity primary key,
  run_id uuid not null references royalties.run (id),
  -- A licence whose usage was billed, or a purchase whose refund window ended.
  source_id uuid not null,
  licence_id uuid,
  purchase_id uuid,
  work_id uuid not null,
  title text not null,
  buyer uuid not null,
  creator uuid not null,
  pseudonym uuid,
  meter int not null,
  quantity bigint not null,
  events bigint not null,
  seals uuid[] not null,
  gross bigint not null check (gross >= 0),
  fee bigint not null check (fee >= 0),
  uncollected bigint not null,
  currency text not null,
  carry_before text not null,
  carry_after text not null,
  rule_version int not null,
  unique (run_id, source_id)
);

create index charge_buyer on royalties.charge (run_id, buyer);
create index charge_licence on royalties.charge (licence_id, run_id);

create table royalties.share (
  charge_id bigint not null references royalties.charge (id),
  payee uuid not null,
  minor bigint not null check (minor >= 0),
  held_back bigint not null check (held_back between 0 and minor),
  primary key (charge_id, payee)
);

create index share_payee on royalties.share (payee, charge_id);

-- What a run earned a payee, and the payout that pays it.
create table royalties.earning (
  run_id uuid not null references royalties.run (id),
  payee uuid not null,
  currency text not null,
  minor bigint not null,
  held_back bigint not null,
  payout_id uuid,
  primary key (run_id, payee, currency)
);

create index earning_payee on royalties.earning (payee, currency);

create table royalties.holdback (
  run_id uuid not null references royalties.run (id),
  payee uuid not null,
  currency text not null,
  release_at timestamptz not null,
  minor bigint not null,
  released_in uuid,
  payout_id uuid,
  primary key (run_id, payee, currency, release_at)
);

create index holdback_due on royalties.holdback (release_at) where released_in is null;

-- The least that is paid out to a payee: of the rules that earned last.
create table royalties.payee_minimum (
  payee uuid not null,
  currency text not null,
  minor bigint not null,
  primary key (payee, currency)
);

create table royalties.statement (
  id uuid primary key,
  run_id uuid not null references royalties.run (id),
  organisation_id uuid not null,
  role text not null check (role in ('creator', 'buyer')),
  currency text not null,
  lines int not null,
  gross bigint not null,
  fee bigint not null,
  -- Creators: their shares. Buyers: what they paid.
  total bigint not null,
  held_back bigint not null,
  issued_at timestamptz not null,
  lines_sha256 text not null,
  receipt_id uuid not null,
  unique (run_id, organisation_id, role, currency)
);

create index statement_organisation on royalties.statement (organisation_id, id);

-- What does not agree, and why: somebody's task.
create table royalties.difference (
  run_id uuid not null references royalties.run (id),
  kind text not null,
  subject text not null,
  detail text not null,
  primary key (run_id, kind, subject)
);
