-- A use is counted once by licence, unit and pass, whichever gate reports it: here stands which event counted it.
create table metering.use (
  licence_id uuid not null,
  unit_id uuid not null,
  pass bigint not null,
  emitter uuid not null,
  epoch bigint not null,
  seq bigint not null,
  counted_on date not null,
  primary key (licence_id, unit_id, pass)
);

create index use_counted_on on metering.use (counted_on);

-- An event that reports a use which another event counted: it happened and is sealed, and it is never billed.
alter table metering.event add column repeated boolean not null default false;
