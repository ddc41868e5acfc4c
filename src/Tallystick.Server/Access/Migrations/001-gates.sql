create schema access;

-- A gate is known by the name its secret stands under in the configuration; the id is the emitter of its events.
create table access.gate (
  id uuid primary key,
  name text not null unique,
  last_epoch bigint not null default 0,
  created_at timestamptz not null
);
