-- What an organisation's licences, as their buyer or as their creator, and the whole installation come to by the hour: charts are
-- read from here, so that no chart grows with the number of licences.
create table metering.total (
  side text not null check (side in ('buyer', 'creator', 'installation')),
  organisation_id uuid not null,
  meter smallint not null,
  hour timestamptz not null,
  quantity numeric(38, 0) not null,
  events bigint not null,
  primary key (side, organisation_id, meter, hour)
);

insert into metering.total (side, organisation_id, meter, hour, quantity, events)
select o.side, o.organisation_id, r.meter, r.hour, sum(r.quantity), sum(r.events)
from metering.rollup r left join metering.licence l on l.licence_id = r.licence_id
cross join lateral (values
  ('buyer', l.buyer), ('creator', l.creator), ('installation', '00000000-0000-0000-0000-000000000000'::uuid)) o (side, organisation_id)
where o.organisation_id is not null
group by o.side, o.organisation_id, r.meter, r.hour;

-- The detail is read by its hours, newest first: of everybody, of a work, of the licences of one organisation.
create index rollup_hour on metering.rollup (hour);
create index rollup_licence_hour on metering.rollup (licence_id, hour);
drop index metering.rollup_work;
create index rollup_work on metering.rollup (work_id, hour);
