-- What is not settled is looked for by its state, newest first, among any number that are.
create index payout_unsettled on payouts.payout (state, id desc) where state not in ('paid', 'netted', 'reversed');

-- Those that were refused before anybody was told of it. A case names its payout as everybody else does: 26 digits of base 32.
insert into foundation.set_aside (kind, subject, reason, detail, first_seen_at, last_seen_at)
select 'payouts.refused', 'pay_' || d.digits, left(coalesce(p.reason, 'refused'), 500), '{}', now(), now()
from payouts.payout p, lateral (
  select string_agg(
    substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + substring(b.bits from n * 5 + 1 for 5)::bit(5)::int, 1), '' order by n) as digits
  from (select b'00' || ('x' || replace(p.id::text, '-', ''))::bit(128) as bits) b, generate_series(0, 25) n) d
where p.state = 'failed'
on conflict do nothing;
