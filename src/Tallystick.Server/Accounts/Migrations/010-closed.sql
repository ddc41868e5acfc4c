-- When the organisation closed its account. The row stays: books, licences and payouts name it.
alter table accounts.organisation add column closed_at timestamptz;

create index organisation_closed on accounts.organisation (id) where closed_at is not null;
