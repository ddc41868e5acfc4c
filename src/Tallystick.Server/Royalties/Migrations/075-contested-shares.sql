-- Until when a share's part that the work's rule holds back is held: the row of royalties.holdback that it is in, as as_new_until
-- is for the operator's part. Both move on while a payment behind the share is contested.
alter table royalties.share add column by_rule_until timestamptz;

update royalties.share s
set by_rule_until = run.up_to + make_interval(hours => 24 * coalesce((r.body ->> 'holdback_days')::int, 0))
from royalties.charge c
join royalties.run run on run.id = c.run_id
left join royalties.rule r on r.work_id = c.work_id and r.version = c.rule_version
where c.id = s.charge_id and s.held_back > s.held_as_new;

-- What a payment that is taken back had paid for is found by the payment.
create index charge_purchase on royalties.charge (purchase_id) where purchase_id is not null;
