-- A payee's agreement to be named by the rules of one creator. Nobody is named by a stranger without it.
create table royalties.consent (
  id uuid primary key,
  creator uuid not null,
  payee uuid not null,
  state text not null check (state in ('open', 'accepted', 'declined', 'ended')),
  -- The work whose rule named the payee when it was asked for.
  work_id uuid not null,
  title text not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  -- One row a pair, so that asking again and again is one invitation.
  unique (creator, payee),
  check (creator <> payee)
);

create index consent_payee on royalties.consent (payee, id);

-- Whom a rule named before there was such a thing has been paid by it and counts as agreed. Ids stand in rules as text:
-- "org_" and 26 digits of base 32, 130 bits of which the first two are zero.
insert into royalties.consent (id, creator, payee, state, work_id, title, asked_at, answered_at)
select gen_random_uuid(), n.creator, n.payee, 'accepted', (array_agg(n.work_id))[1], '', min(n.created_at), min(n.created_at)
from (
  select r.created_by as creator, r.work_id, r.created_at, (
    select (select string_agg(to_hex(substring(b.bits from i * 4 + 3 for 4)::bit(4)::int), '' order by i) from generate_series(0, 31) i)::uuid
    from (
      select string_agg((position(substring(t.id from 4 + d for 1) in '0123456789abcdefghjkmnpqrstvwxyz') - 1)::bit(5)::text, '' order by d) as bits
      from generate_series(1, 26) d) b) as payee
  from royalties.rule r
  cross join lateral (
    select jsonb_path_query(r.body, '$.payees[*].organisation_id') #>> '{}' as id
    union
    select jsonb_path_query(r.body, '$.groups.*[*].organisation_id') #>> '{}') t
  where t.id ~ '^org_[0-7][0-9a-hjkmnp-tv-z]{25}$') n
where n.creator <> n.payee
group by n.creator, n.payee;

-- The least that a payee wants to be paid, by the payee alone.
create table royalties.payout_minimum (
  payee uuid not null,
  currency text not null,
  minor bigint not null check (minor > 0),
  set_at timestamptz not null,
  primary key (payee, currency)
);

-- Payouts that their payee asked for. The id stands where that of a billing run does for the others.
create table royalties.payout_request (
  id uuid primary key,
  organisation_id uuid not null,
  currency text not null,
  idempotency_key text not null,
  payout_id uuid not null,
  asked_at timestamptz not null,
  unique (organisation_id, idempotency_key)
);

create index payout_request_last on royalties.payout_request (organisation_id, currency, asked_at desc);
