create schema licensing;

-- Private keys are encrypted with a key that lies in the data folder: a stolen backup signs nothing.
create table licensing.signing_key (
  kid text primary key,
  use text not null check (use in ('licence', 'access')),
  x text not null,
  y text not null,
  private_key bytea not null,
  created_at timestamptz not null,
  -- Published some minutes before it signs, so that nobody meets a key that they do not know.
  signs_from timestamptz not null,
  -- The latest expiry of anything it signed: it is published until then.
  needed_until timestamptz not null
);

-- One key per buyer: without it no pseudonym leads back to an organisation.
create table licensing.subject_key (
  organisation uuid primary key,
  wrapped bytea not null,
  created_at timestamptz not null
);

create table licensing.status_list (
  number int primary key,
  next_index int not null,
  changed_at timestamptz not null
);

create table licensing.licence (
  id uuid primary key,
  offer_id uuid not null,
  work_id uuid not null,
  buyer uuid not null,
  creator uuid not null,
  pseudonym uuid not null,
  purchase_id uuid unique,
  rights_scope text[] not null,
  transforms text[] not null,
  max_uses bigint,
  royalty_percent text not null,
  terms_hash text not null,
  valid_days int not null,
  granted_at timestamptz not null,
  not_before timestamptz not null,
  expires timestamptz not null,
  renewals int not null default 0,
  status smallint not null default 0,
  status_reason text,
  status_at timestamptz,
  list int not null references licensing.status_list (number),
  index int not null,
  unique (list, index)
);

create index licence_buyer on licensing.licence (buyer, id);
create index licence_creator on licensing.licence (creator, id);
create index licence_live on licensing.licence (offer_id, buyer) where status = 0;
create index licence_not_valid on licensing.licence (list) where status <> 0;
