-- Events that are about the same thing are handled in order. A lane is what one module does about one key; a delivery
-- waits for the earlier ones of its lane, and other lanes go on. A dead one was given up: it keeps its place in its lane
-- until the operator replays or drops it.
alter table foundation.delivery add lane text;
alter table foundation.delivery add dead boolean not null default false;

-- What is owed from before gets the keys that its events have from now on.
update foundation.delivery d set lane = split_part(d.handler, '.', 1) || '/' || coalesce(
  case
    when e.type like 'purchase.%' then e.body->>'purchase_id'
    when e.type like 'dispute.%' then coalesce(e.body->>'purchase_id', e.body->>'buyer')
    when e.type like 'wallet.%' then e.body->>'buyer'
    when e.type like 'licence.%' then e.body->>'licence_id'
    when e.type like 'offer.%' then e.body->>'offer_id'
    when e.type like 'work.%' then e.body->>'work_id'
    when e.type like 'signing_key.%' then e.body->>'kid'
    when e.type like 'payout_account.%' then e.body->>'organisation_id'
  end,
  e.id::text)
from foundation.event e where e.id = d.event_id;

alter table foundation.delivery alter lane set not null;
create index delivery_lane on foundation.delivery (lane, event_id);

-- Whatever is older than the days kept is found without reading the rest; events are only ever appended.
create index event_at on foundation.event using brin (at);
