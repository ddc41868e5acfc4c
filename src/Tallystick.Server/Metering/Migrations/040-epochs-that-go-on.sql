alter table metering.emitter
  -- Its gate went on under another epoch: what is here stays, and nothing is added.
  add column closed boolean not null default false,
  -- The epoch under which the leases of the gate's log stand; null when it is this one.
  add column leases_of bigint;

-- One row says it: a sender that repeats itself must not fill the table.
delete from metering.conflict c using metering.conflict earlier
where earlier.emitter = c.emitter and earlier.epoch = c.epoch and earlier.seq = c.seq and earlier.id < c.id;

create unique index conflict_identity on metering.conflict (emitter, epoch, seq);

-- What the operator's open cases of usage add up to, so that a range adds to it and nobody counts what is set aside again. All
-- licences together, once there are too many of a reason at one gate, stand under epoch 0 and the empty licence.
create table metering.usage_case (
  emitter uuid not null,
  reason text not null,
  epoch bigint not null,
  licence_id uuid not null,
  events bigint not null,
  quantity numeric(38, 0) not null,
  primary key (emitter, reason, epoch, licence_id)
);

insert into metering.usage_case (emitter, reason, epoch, licence_id, events, quantity)
select emitter, reason, epoch, licence_id, events, quantity from (
  select emitter, reason, epoch, licence_id, count(*) as events, sum(quantity) as quantity,
    row_number() over (partition by emitter, reason order by min(found_at)) as number
  from metering.quarantine where state = 'open' group by emitter, reason, epoch, licence_id) c
where number <= 50;
