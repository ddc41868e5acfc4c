create schema metering;

-- How far each epoch of each emitter has come. acknowledged >= sealed, acknowledged >= rolled up.
create table metering.emitter (
  emitter uuid not null,
  epoch bigint not null,
  acknowledged_seq bigint not null default 0,
  sealed_seq bigint not null default 0,
  rolled_seq bigint not null default 0,
  primary key (emitter, epoch)
);

-- The canonical events, never changed. Partitioned by the day of arrival, so that retention drops whole days.
create table metering.event (
  emitter uuid not null,
  epoch bigint not null,
  seq bigint not null,
  ingest_day date not null,
  work_id uuid not null,
  unit_id uuid not null,
  licence_id uuid not null,
  buyer uuid not null,
  meter smallint not null,
  quantity bigint not null check (quantity > 0),
  time_ms bigint not null,
  evidence smallint not null,
  request_id uuid not null,
  pass bigint not null,
  primary key (emitter, epoch, seq, ingest_day)
) partition by range (ingest_day);

-- Request ids rise with time, so that a block range index of a few pages finds one among millions.
create index event_request on metering.event using brin (request_id) with (pages_per_range = 16);

-- An identity that came again with another content. Never billed; somebody must look.
create table metering.conflict (
  id bigint generated always as identity primary key,
  emitter uuid not null,
  epoch bigint not null,
  seq bigint not null,
  stored bytea not null,
  offered bytea not null,
  at timestamptz not null
);

-- A contiguous range of one epoch, closed for ever. What is billed is billed from here.
create table metering.seal (
  id uuid primary key,
  emitter uuid not null,
  epoch bigint not null,
  ingest_day date not null,
  first_seq bigint not null,
  last_seq bigint not null,
  root bytea not null,
  salt bytea not null,
  sealed_at timestamptz not null,
  billing_run uuid,
  unique (emitter, epoch, first_seq)
);

create index seal_unbilled on metering.seal (sealed_at) where billing_run is null;
create index seal_run on metering.seal (billing_run);

create table metering.rollup (
  licence_id uuid not null,
  meter smallint not null,
  hour timestamptz not null,
  work_id uuid not null,
  emitter uuid not null,
  epoch bigint not null,
  quantity numeric(38, 0) not null,
  events bigint not null,
  primary key (licence_id, meter, hour, emitter, epoch, work_id)
);

create index rollup_work on metering.rollup (work_id, meter, hour);

-- Who may see the usage of a licence.
create table metering.licence (
  licence_id uuid primary key,
  work_id uuid not null,
  buyer uuid not null,
  creator uuid not null
);

create index licence_buyer on metering.licence (buyer);
create index licence_creator on metering.licence (creator);
