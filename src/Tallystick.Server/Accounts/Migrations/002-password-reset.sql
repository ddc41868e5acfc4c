-- Links with which somebody who forgot a password sets a new one: at most one a person, only its hash. 32 random bytes
-- need no slow hash.
create table accounts.password_reset (
  person_id uuid primary key references accounts.person (id),
  token_sha256 bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create index password_reset_expiry on accounts.password_reset (expires_at);

-- A new password ends the sessions of its person.
create index session_person on accounts.session (person_id);
