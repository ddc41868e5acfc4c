create schema transparency;

-- A receipt: what happened, once per kind and subject. Who may read its opening stands in owners.
create table transparency.receipt (
  id uuid primary key,
  kind text not null,
  subject_key text not null,
  owners uuid[] not null,
  at timestamptz not null,
  unique (kind, subject_key)
);

create index receipt_owners on transparency.receipt using gin (owners);

-- Apart from the log, so that erasing an opening and its salt leaves every proof as it is. Text and not jsonb:
-- the commitment is over these very bytes.
create table transparency.opening (
  receipt_id uuid primary key references transparency.receipt (id),
  salt bytea not null check (octet_length(salt) = 32),
  opening text not null
);

-- Leaves that have no index yet.
create table transparency.pending (
  ordinal bigint generated always as identity primary key,
  receipt_id uuid not null unique references transparency.receipt (id),
  leaf bytea not null,
  at timestamptz not null
);

-- The log itself: indexes from zero without a gap. Tiles and checkpoints are derived from these rows.
create table transparency.entry (
  log_index bigint primary key check (log_index >= 0),
  receipt_id uuid not null unique references transparency.receipt (id),
  leaf bytea not null
);

create function transparency.refuse_change() returns trigger language plpgsql as
$$ begin raise exception 'the log is append-only'; end $$;

create trigger append_only before update or delete or truncate on transparency.entry
  for each statement execute function transparency.refuse_change();

-- One row: how many entries there are. Locked by whoever appends, so that two can never take the same index.
create table transparency.log (
  one boolean primary key default true check (one),
  size bigint not null check (size >= 0)
);

insert into transparency.log (size) values (0);

-- Every checkpoint that was signed, stored before it is published.
create table transparency.checkpoint (
  size bigint primary key,
  note text not null,
  at timestamptz not null
);

create trigger append_only before update or delete or truncate on transparency.checkpoint
  for each statement execute function transparency.refuse_change();
