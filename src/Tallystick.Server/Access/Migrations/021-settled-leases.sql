-- A lease of a lost epoch is settled and kept: usage that arrives later still is compared with what was granted.
alter table access.lease add column settled boolean not null default false;

create index lease_unsettled on access.lease (expires_at) where not settled;
