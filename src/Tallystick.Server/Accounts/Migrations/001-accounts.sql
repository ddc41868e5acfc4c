create schema accounts;

create table accounts.organisation (
  id uuid primary key,
  name text not null,
  roles text[] not null,
  created_at timestamptz not null
);

-- There is one operator of an installation.
create unique index organisation_operator on accounts.organisation ((true)) where 'operator' = any(roles);

create table accounts.person (
  id uuid primary key,
  organisation_id uuid not null references accounts.organisation (id),
  -- Lower case: an address is compared as people mean it.
  email text not null unique,
  password_hash text not null,
  created_at timestamptz not null
);

create index person_organisation on accounts.person (organisation_id);

-- Only hashes: who reads this table can sign in as nobody. 32 random bytes need no slow hash.
create table accounts.api_key (
  id uuid primary key,
  organisation_id uuid not null references accounts.organisation (id),
  name text not null,
  secret_sha256 bytea not null unique,
  scopes text[] not null,
  bootstrap boolean not null default false,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_on date
);

create index api_key_organisation on accounts.api_key (organisation_id, id);

create table accounts.session (
  token_sha256 bytea primary key,
  person_id uuid not null references accounts.person (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ends_at timestamptz not null
);

create index session_expiry on accounts.session (expires_at);

-- Attempts within a window, by a hash of what is limited. Rows live as long as their window.
create table accounts.attempt (
  bucket bytea primary key,
  window_start timestamptz not null,
  window_end timestamptz not null,
  count int not null
);

create index attempt_end on accounts.attempt (window_end);
