-- Who holds the newest epoch of a gate: an instance is a data folder of a gate, and only one may count at a time. The
-- empty id stands for one that does not tell who it is.
alter table access.gate
  add column holder uuid,
  add column holder_seen_at timestamptz,
  add column refused_at timestamptz,
  add column refused_times bigint not null default 0,
  -- What the holder said last: why it is not ready, what waits at it, what was refused for good.
  add column reasons text[] not null default '{}',
  add column events_waiting bigint not null default 0,
  add column events_set_aside bigint not null default 0,
  add column state_at timestamptz;

-- The feed gets a new generation at every start of the server, and whenever its numbers run backwards under it: the number
-- it began after is where the one before it ended. A gate that has more than that of an earlier one, or a generation that
-- is not here, saw a future that a restore took away.
create table access.feed_generation (
  number bigint generated always as identity primary key,
  id uuid not null unique,
  after_seq bigint not null,
  begun_at timestamptz not null
);
