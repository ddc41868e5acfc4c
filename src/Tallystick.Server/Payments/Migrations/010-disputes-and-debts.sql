-- A bank may decide again: what was lost can be won, what was won can be contested once more. What a warning asks about has
-- not been withdrawn, and is held like what has.
alter table payments.dispute drop constraint dispute_state_check;
alter table payments.dispute
  add constraint dispute_state_check check (state in ('warning', 'open', 'won', 'lost')),
  -- How often it was lost: each time is posted, and undone, under a name of its own.
  add column losses int not null default 0,
  -- Of the present loss, what nothing that was held for the payment covered.
  add column uncovered bigint not null default 0;

update payments.dispute set losses = 1 where state = 'lost';

create index dispute_checkout on payments.dispute (checkout_id);

-- What a refund took from no account of its payment stands in the journal, under its reference.
alter table payments.refund drop column uncovered;

-- Each time a debt is collected or given back is another occurrence.
create sequence payments.debt_number;
