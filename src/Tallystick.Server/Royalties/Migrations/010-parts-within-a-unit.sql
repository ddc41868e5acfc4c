-- What each participant should have had of all charges and has not had, or has had already: an exact fraction of a minor
-- unit, in 10^-20 of it. The platform, whose fee is a part like any other, is the zero id.
create table royalties.remainder (
  participant uuid not null,
  currency text not null,
  numerator numeric(20) not null,
  primary key (participant, currency)
);

-- What rounding kept (or gave) of a charge, and by what each part is checked. Older rows were split on their own.
alter table royalties.charge
  add column rounding bigint not null default 0,
  add column fee_basis_points int;
alter table royalties.share
  add column weight bigint,
  -- Of what is held back, the part that the operator holds back of a new payee, and until when.
  add column held_as_new bigint not null default 0 check (held_as_new between 0 and held_back),
  add column as_new_until timestamptz;

-- Whose first earning is too young is a new payee.
create table royalties.payee (
  payee uuid primary key,
  first_earned_at timestamptz not null
);

insert into royalties.payee (payee, first_earned_at)
select e.payee, min(r.up_to) from royalties.earning e join royalties.run r on r.id = e.run_id group by e.payee;

-- Which of a buyer's top-ups paid for a charge: the oldest first.
create table royalties.funding (
  charge_id bigint not null references royalties.charge (id),
  top_up_id uuid not null,
  minor bigint not null check (minor > 0),
  primary key (charge_id, top_up_id)
);

create index funding_top_up on royalties.funding (top_up_id);

-- The sum of it for each top-up, so that a run need not read all that it ever paid for.
create table royalties.top_up_use (
  top_up_id uuid primary key,
  minor bigint not null check (minor > 0)
);

-- A payee's least payout is the payee's own: no rule of another sets it.
drop table royalties.payee_minimum;
