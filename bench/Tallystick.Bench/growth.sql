-- What other tenants have: works {From} to {To} of a market, and for each of them ten licences, a hundred uses, five purchases, and
-- what billing made of it. Nothing of it belongs to whoever is measured.
create or replace function pg_temp.id(kind text, n bigint) returns uuid language sql immutable as
$$ select ('0193' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

insert into accounts.organisation (id, name, roles, created_at)
select pg_temp.id('0001', n), 'Tenant ' || n, array['creator', 'buyer'], now() from generate_series({From}, {To}) n;

insert into catalog.work (id, creator, title, description, kind, source_name, source_licence, unit_id, published_version, published_at, created_at)
select pg_temp.id('0002', n), pg_temp.id('0001', n), 'Measured heights ' || n, 'Heights of hills, by hand', 'dataset', 'Survey', 'CC-BY-4.0',
  pg_temp.id('0003', n), pg_temp.id('0004', n), now(), now() from generate_series({From}, {To}) n;
insert into catalog.version (id, work_id, number, hash, file_count, size_bytes, created_at)
select pg_temp.id('0004', n), pg_temp.id('0002', n), 1, 'hash', 1, 1000, now() from generate_series({From}, {To}) n;
insert into catalog.unit (id, work_id, path_key)
select pg_temp.id('0005', n), pg_temp.id('0002', n), 'shard-0001.csv' from generate_series({From}, {To}) n;
insert into catalog.file (version_id, path_key, path, unit_id, unit_kind, sha256, size_bytes, media_type, uploaded_at)
select pg_temp.id('0004', n), 'shard-0001.csv', 'shard-0001.csv', pg_temp.id('0005', n), 'shard', lpad(to_hex(n), 64, '0'), 1000, 'text/csv', now()
from generate_series({From}, {To}) n;
update catalog.version set published_at = now() where id in (select pg_temp.id('0004', n) from generate_series({From}, {To}) n);
insert into catalog.offer (id, work_id, creator, terms, price, terms_hash, hash, summary, created_at)
select pg_temp.id('0006', n * 2 + k), pg_temp.id('0002', n), pg_temp.id('0001', n),
  '{"rights_scope":["ai-train"],"transforms":[],"valid_days":365,"max_uses":null,"territories":[],"attribution":false,"refund_days":14}',
  '{"amount":{"minor":5,"currency":"USD"},"meter":"bytes_delivered","per":1000000}', 'terms', 'hash', 'An offer', now()
from generate_series({From}, {To}) n, generate_series(0, 1) k;
insert into access.feed (seq, kind, key, body)
select nextval('access.feed_seq'), 3, 'other-' || n, '{"on_sale":false}' from generate_series({From}, {To}) n;

insert into licensing.status_list (number, next_index, changed_at) values (1000000 + {From}, 1000000, now());
insert into licensing.licence (id, offer_id, work_id, buyer, creator, pseudonym, rights_scope, transforms, royalty_percent, terms_hash,
  valid_days, granted_at, not_before, expires, list, index)
select pg_temp.id('0007', n * 10 + k), pg_temp.id('0006', n * 2), pg_temp.id('0002', n), pg_temp.id('0001', n / 2 + k),
  pg_temp.id('0001', n), pg_temp.id('0008', n * 10 + k), array['ai-train'], '{}', '0', 'terms', 365, now(), now(), now() + interval '1 year',
  1000000 + {From}, n * 10 + k
from generate_series({From}, {To}) n, generate_series(0, 9) k;
insert into metering.licence (licence_id, work_id, buyer, creator, pseudonym, paid_meter)
select id, work_id, buyer, creator, pseudonym, 1 from licensing.licence where list = 1000000 + {From};
insert into access.credit (licence_id, meter, buyer, currency, price, granted_total, billed_total)
select id, 1, buyer, 'USD', '{"amount":{"minor":5,"currency":"USD"},"per":1000000}', 1000000, 0 from licensing.licence
where list = 1000000 + {From};

create table if not exists metering.event_growth partition of metering.event for values from ('2001-01-01') to ('2001-01-02');
insert into metering.emitter (emitter, epoch, acknowledged_seq, sealed_seq, rolled_seq)
select pg_temp.id('0009', {From}), 1, 100 * ({To} - {From} + 1), 100 * ({To} - {From} + 1), 100 * ({To} - {From} + 1);
insert into metering.event (emitter, epoch, seq, ingest_day, work_id, unit_id, licence_id, buyer, meter, quantity, time_ms, evidence, request_id, pass)
select pg_temp.id('0009', {From}), 1, (n - {From}) * 100 + k + 1, '2001-01-01', pg_temp.id('0002', n), pg_temp.id('0005', n),
  pg_temp.id('0007', n * 10 + k % 10), pg_temp.id('0008', n * 10 + k % 10), 1, 1000 + k,
  (extract(epoch from now()) * 1000)::bigint - (n * 100 + k) % 700 * 3600000::bigint, 1, pg_temp.id('000a', n * 100 + k), 0
from generate_series({From}, {To}) n, generate_series(0, 99) k;
insert into metering.seal (id, emitter, epoch, ingest_day, first_seq, last_seq, root, salt, sealed_at, billing_run)
select pg_temp.id('000b', {From} * 1000 + s), pg_temp.id('0009', {From}), 1, '2001-01-01', s * 100 + 1, s * 100 + 100, '\x00', '\x00',
  now() - interval '1 day', pg_temp.id('000c', {From}) from generate_series(0, {To} - {From}) s;
insert into metering.rollup (licence_id, meter, hour, work_id, emitter, epoch, quantity, events)
select licence_id, meter, to_timestamp(time_ms / 3600000 * 3600), work_id, emitter, epoch, sum(quantity), count(*)
from metering.event where emitter = pg_temp.id('0009', {From}) group by 1, 2, 3, 4, 5, 6;
insert into metering.total (side, organisation_id, meter, hour, quantity, events)
select o.side, o.organisation_id, r.meter, r.hour, sum(r.quantity), sum(r.events)
from metering.rollup r join metering.licence l on l.licence_id = r.licence_id
cross join lateral (values
  ('buyer', l.buyer), ('creator', l.creator), ('installation', '00000000-0000-0000-0000-000000000000'::uuid)) o (side, organisation_id)
where r.emitter = pg_temp.id('0009', {From}) group by 1, 2, 3, 4
on conflict (side, organisation_id, meter, hour) do update
  set quantity = total.quantity + excluded.quantity, events = total.events + excluded.events;

insert into payments.checkout (id, kind, buyer, idempotency_key, request_sha256, title, gross, currency, refund_days, success_url, cancel_url,
  state, created_at, check_at, paid_at, charge, shared_in)
select pg_temp.id('000d', n * 5 + k), 'purchase', pg_temp.id('0001', n), 'purchase ' || k, '\x00', 'Measured heights ' || n, 500, 'USD', 0, '', '',
  'paid', now(), now(), now(), 'ch_' || (n * 5 + k), pg_temp.id('000c', {From})
from generate_series({From}, {To}) n, generate_series(0, 4) k;
insert into payments.inbound (received_at, signature, body, verdict, event_id, type, state, due_at, processed_at)
select now(), '', '\x00', 'valid', 'evt_' || (n * 5 + k), 'charge.succeeded', 'processed', now(), now()
from generate_series({From}, {To}) n, generate_series(0, 4) k;
insert into journal.account (kind, owner, currency)
select kind, pg_temp.id('0001', n), 'USD' from generate_series({From}, {To}) n, unnest(array['creator_payable', 'buyer_prepaid']) kind;
with posted as (
  insert into journal.transaction (reference, kind, at, content)
  select 'growth/' || (n * 5 + k), 'growth', now(), '\x00' from generate_series({From}, {To}) n, generate_series(0, 4) k
  returning id, reference)
insert into journal.posting (transaction_id, line, account_id, currency, amount)
select p.id, l.line, a.id, 'USD', l.amount
from posted p
cross join lateral (values (1, 'buyer_prepaid', 500), (2, 'creator_payable', -500)) l (line, kind, amount)
join journal.account a on a.kind = l.kind and a.currency = 'USD'
  and a.owner = pg_temp.id('0001', split_part(p.reference, '/', 2)::bigint / 5);

insert into royalties.run (id, up_to, state, fee_basis_points, opened_at, closed_at)
values (pg_temp.id('000c', {From}), '2001-01-01'::timestamptz + {From} * interval '1 second', 'closed', 1500, now(), now());
insert into royalties.licence (licence_id, offer_id, work_id, title, buyer, creator, pseudonym, meter, price_minor, currency, per)
select id, offer_id, work_id, 'Measured heights', buyer, creator, pseudonym, 1, 5, 'USD', 1000000 from licensing.licence
where list = 1000000 + {From};
with charged as (
  insert into royalties.charge (run_id, source_id, licence_id, work_id, title, buyer, creator, pseudonym, meter, quantity, events, seals, gross,
    fee, uncollected, currency, carry_before, carry_after, rule_version)
  select pg_temp.id('000c', {From}), id, id, work_id, 'Measured heights', buyer, creator, pseudonym, 1, 10000, 10, '{}', 100, 15, 0, 'USD', '0',
    '0', 0 from licensing.licence where list = 1000000 + {From}
  returning id, creator)
insert into royalties.share (charge_id, payee, minor, held_back) select id, creator, 85, 0 from charged;
insert into royalties.earning (run_id, payee, currency, minor, held_back, payout_id)
select pg_temp.id('000c', {From}), pg_temp.id('0001', n), 'USD', 850, 0, pg_temp.id('000e', n) from generate_series({From}, {To}) n;
insert into royalties.statement (id, run_id, organisation_id, role, currency, lines, gross, fee, total, held_back, issued_at, lines_sha256, receipt_id)
select pg_temp.id('000f', n), pg_temp.id('000c', {From}), pg_temp.id('0001', n), 'creator', 'USD', 10, 1000, 150, 850, 0, now(), '',
  pg_temp.id('0010', n) from generate_series({From}, {To}) n;
insert into payouts.payout (id, run_id, organisation_id, minor, currency, state, queued_at, due_at, paid_at)
select pg_temp.id('000e', n), pg_temp.id('000c', {From}), pg_temp.id('0001', n), 850, 'USD', 'paid', now(), now(), now()
from generate_series({From}, {To}) n;
insert into royalties.consent (id, creator, payee, state, work_id, title, asked_at)
select pg_temp.id('0011', n), pg_temp.id('0001', n), pg_temp.id('0012', n), 'accepted', pg_temp.id('0002', n), 'Measured heights', now()
from generate_series({From}, {To}) n;
insert into transparency.receipt (id, kind, subject_key, owners, at)
select pg_temp.id('0010', n), 'licence_granted', 'growth ' || n, array[pg_temp.id('0001', n / 10)], now()
from generate_series({From} * 10, {To} * 10 + 9) n;
insert into foundation.set_aside (kind, subject, reason, detail, state, first_seen_at, last_seen_at, resolved_at)
select 'growth', 'growth ' || n, 'Long ago', '{}', 'resolved', now(), now(), now() from generate_series({From}, {To}) n;
insert into foundation.event (type, body, at) select 'growth', '{}', now() from generate_series({From}, {To}) n, generate_series(1, 10);
analyze;
