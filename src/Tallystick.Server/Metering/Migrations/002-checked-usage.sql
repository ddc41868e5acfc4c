-- Events are looked at after they were acknowledged and before they count: rolled_seq is how far that came, and nothing
-- beyond it is sealed. An epoch whose step failed waits for a while, so that the others go on.
alter table metering.emitter add column blocked_until timestamptz;

-- An event that nobody could make sense of is kept as it came and set aside: refused, it would stop all after it.
alter table metering.event drop constraint event_quantity_check;

-- What events of a licence are compared with. Learned when the first of them is looked at; without a pseudonym: not yet.
alter table metering.licence
  add column pseudonym uuid,
  add column paid_meter smallint not null default 0,
  add column limits_uses boolean not null default false;

-- What counts of each epoch: a lease is compared with it, and settled against it.
create table metering.spent (
  emitter uuid not null,
  epoch bigint not null,
  licence_id uuid not null,
  meter smallint not null,
  quantity numeric(38, 0) not null,
  primary key (emitter, epoch, licence_id, meter)
);

insert into metering.spent (emitter, epoch, licence_id, meter, quantity)
select emitter, epoch, licence_id, meter, sum(quantity) from metering.rollup group by emitter, epoch, licence_id, meter;

-- Events that are acknowledged and sealed and do not count until the operator says so. An accepted one is billed by the
-- next run from here: its seal may belong to a run that is closed.
create table metering.quarantine (
  emitter uuid not null,
  epoch bigint not null,
  seq bigint not null,
  reason text not null,
  licence_id uuid not null,
  work_id uuid not null,
  meter smallint not null,
  quantity bigint not null,
  time_ms bigint not null,
  found_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'accepted', 'void')),
  decided_at timestamptz,
  billing_run uuid,
  primary key (emitter, epoch, seq)
);

create index quarantine_unbilled on metering.quarantine (decided_at) where state = 'accepted' and billing_run is null;
create index quarantine_run on metering.quarantine (billing_run) where billing_run is not null;
