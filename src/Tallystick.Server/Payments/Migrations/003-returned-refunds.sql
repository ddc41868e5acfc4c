-- A bank can send a refund back days after it had succeeded: what of it no account had covered, and when it came back.
alter table payments.refund
  add column uncovered bigint not null default 0,
  add column returned_at timestamptz;
