alter table access.gate
  add column last_seen_at timestamptz,
  add column feed_position bigint not null default 0;

-- A compacted topic: only the newest entry of a key exists. Numbers are given under a lock that is held until the
-- commit, so that a gate which has seen a number has seen every lower one.
create sequence access.feed_seq;
create table access.feed (
  seq bigint not null unique,
  kind smallint not null,
  key text not null,
  body jsonb,
  primary key (kind, key)
);

-- What may be delivered under a licence whose quantity is limited, over all gates.
create table access.credit (
  licence_id uuid not null,
  meter smallint not null,
  buyer uuid not null,
  currency text,
  price jsonb,
  most bigint,
  granted_total bigint not null default 0 check (granted_total >= 0),
  billed_total bigint not null default 0,
  primary key (licence_id, meter)
);

create index credit_held on access.credit (buyer, currency) where granted_total <> billed_total;

-- What one gate may deliver in one epoch. Counted as spent until the gate, or what arrived of its events, says less.
create table access.lease (
  gate uuid not null,
  epoch bigint not null,
  licence_id uuid not null,
  meter smallint not null,
  granted bigint not null,
  expires_at timestamptz not null,
  primary key (gate, epoch, licence_id, meter)
);

create index lease_licence on access.lease (licence_id);
