-- Whether those who shared a payment have acted on what its dispute is now. Until they have, nothing that is held back of it is
-- released: a loss that is known here and has not reached them yet must find it.
alter table payments.dispute add column is_followed boolean not null default false;

update payments.dispute set is_followed = true where state in ('won', 'lost');

create index dispute_pending on payments.dispute (checkout_id) where state in ('open', 'warning') or not is_followed;
