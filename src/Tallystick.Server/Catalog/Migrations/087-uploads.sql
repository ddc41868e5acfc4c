-- Uploads of large files that go on after an interruption. How far each has come is the length of its file.
create table catalog.upload (
  id uuid primary key,
  version_id uuid not null references catalog.version (id) on delete cascade,
  organisation uuid not null,
  path text not null,
  unit_kind text not null check (unit_kind in ('file', 'shard')),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null check (size_bytes >= 0),
  media_type text not null,
  expires_at timestamptz not null
);

create index upload_organisation on catalog.upload (organisation);
create index upload_version on catalog.upload (version_id);
create index upload_expires on catalog.upload (expires_at);
