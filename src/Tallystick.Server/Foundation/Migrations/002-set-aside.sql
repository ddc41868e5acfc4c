-- What could not be handled and stands aside, so that everything else goes on. One open row per kind and subject: what
-- fails again counts up. Nothing here names a person or holds a secret.
create table foundation.set_aside (
  id bigint generated always as identity primary key,
  kind text not null,
  subject text not null,
  reason text not null,
  detail jsonb not null,
  state text not null default 'open' check (state in ('open', 'resolved')),
  times bigint not null default 1,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  resolved_at timestamptz,
  resolved_by text,
  resolution text,
  check ((state = 'resolved') = (resolved_at is not null))
);

create unique index set_aside_open on foundation.set_aside (kind, subject) where state = 'open';
create index set_aside_listed on foundation.set_aside (state, kind, id);
create index set_aside_resolved on foundation.set_aside (resolved_at) where state = 'resolved';
