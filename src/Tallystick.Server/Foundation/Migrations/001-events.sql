-- Every state change is an event: kept, so that it can be replayed. A delivery is one handler's debt towards one event.
create table foundation.event (
  id bigint generated always as identity primary key,
  type text not null,
  body jsonb not null,
  traceparent text,
  at timestamptz not null
);

create table foundation.delivery (
  event_id bigint not null references foundation.event (id),
  handler text not null,
  attempts int not null default 0,
  due_at timestamptz not null,
  error text,
  primary key (event_id, handler)
);

create index delivery_due on foundation.delivery (due_at);
