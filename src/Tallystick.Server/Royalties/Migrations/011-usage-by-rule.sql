-- Usage is shared by the rule in force when it happened: one row for each licence, meter and version of the rule. A row that
-- cannot be billed is set aside, and billed by a later run when the operator accepts it.
alter table royalties.usage drop constraint usage_pkey;
alter table royalties.usage
  add column id bigint generated always as identity primary key,
  add column rule_version int not null default 0,
  -- charged: by a run of an older version of the server.
  add column state text not null default 'counted' check (state in ('counted', 'charged', 'set_aside', 'accepted', 'void')),
  add column billed_in uuid;

update royalties.usage u set
  billed_in = u.run_id,
  rule_version = coalesce((
    select r.version from royalties.rule r
    where r.work_id = l.work_id and r.effective_from <= run.up_to
    order by r.effective_from desc, r.version desc limit 1), 0),
  state = case when run.state = 'open' or (run.state = 'charging' and u.licence_id > run.after_id) then 'counted' else 'charged' end
from royalties.run run, royalties.licence l
where run.id = u.run_id and l.licence_id = u.licence_id;

create index usage_billed on royalties.usage (billed_in, id);
create index usage_waiting on royalties.usage (licence_id) where billed_in is null;

alter table royalties.run
  -- How far the present step has come, where it goes by number.
  add column after_number bigint not null default 0,
  drop constraint run_state_check;
alter table royalties.run add constraint run_state_check check (
  state in ('open', 'collecting', 'charging', 'settling', 'sharing', 'statements', 'payouts', 'closed'));

-- The fee of its grant. Null: granted before this was kept; read of the licence itself when it is needed.
alter table royalties.licence add column fee_basis_points int;
create index licence_price on royalties.licence (buyer, creator, price_minor) where purchase_id is null;

-- A licence has a line for each rule, and one for what is collected later.
alter table royalties.charge
  add column line bigint not null default 0,
  drop constraint charge_run_id_source_id_key;
alter table royalties.charge add constraint charge_line unique (run_id, source_id, line);

-- What rounding leaves belongs to the buyer, the creator and the price: were it the licence's, a fresh licence for each
-- small file would make all of them free.
create table royalties.price_carry (
  id uuid primary key default gen_random_uuid(),
  buyer uuid not null,
  creator uuid not null,
  currency text not null,
  meter int not null,
  price_minor bigint not null,
  per bigint not null,
  -- Whose use left it, and by which rule that was shared.
  licence_id uuid not null,
  rule_version int not null,
  numerator numeric(39) not null,
  denominator bigint not null check (denominator > 0),
  unique (buyer, creator, currency, meter, price_minor, per)
);

insert into royalties.price_carry (buyer, creator, currency, meter, price_minor, per, licence_id, rule_version, numerator, denominator)
select l.buyer, l.creator, l.currency, l.meter, l.price_minor, l.per, (array_agg(l.licence_id order by l.licence_id desc))[1], 0,
  sum(c.numerator * (l.per / c.denominator)), l.per
from royalties.carry c join royalties.licence l on l.licence_id = c.licence_id
where l.per % c.denominator = 0
group by l.buyer, l.creator, l.currency, l.meter, l.price_minor, l.per;

drop table royalties.carry;

-- Whole minor units that were used and that the wallet did not have: collected by a later run, the oldest first, and shared as
-- the line that names them.
create table royalties.owed (
  id bigint generated always as identity primary key,
  charge_id bigint not null references royalties.charge (id),
  buyer uuid not null,
  currency text not null,
  minor bigint not null check (minor > 0)
);

create index owed_buyer on royalties.owed (buyer, currency);

-- What a run left out because it failed.
create table royalties.left_out (
  run_id uuid not null references royalties.run (id),
  step text not null,
  subject text not null,
  reason text not null,
  primary key (run_id, step, subject)
);

create index earning_unpaid on royalties.earning (payee) where payout_id is null;
create index holdback_held on royalties.holdback (payee) where released_in is null;
