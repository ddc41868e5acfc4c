-- Purchases that were given back: by their buyer inside the window, or by their creator who took the licence back. The gateway
-- keeps its fee of each, so how much of that one may cause is limited.
create table payments.given_back (
  checkout_id uuid primary key references payments.checkout (id),
  organisation_id uuid not null,
  why text not null check (why in ('window', 'revocation')),
  minor bigint not null check (minor > 0),
  currency text not null,
  at timestamptz not null
);

create index given_back_organisation on payments.given_back (organisation_id, why, at);
