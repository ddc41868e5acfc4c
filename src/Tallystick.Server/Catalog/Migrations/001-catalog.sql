create schema catalog;

create table catalog.work (
  id uuid primary key,
  creator uuid not null,
  title text not null,
  description text not null,
  kind text not null,
  language text,
  -- Where the content comes from and under which licence the creator has it.
  source_name text not null,
  source_url text,
  source_licence text not null,
  -- The unit of the work as a whole.
  unit_id uuid not null unique,
  published_version uuid,
  published_at timestamptz,
  created_at timestamptz not null,
  words tsvector generated always as (to_tsvector('simple', title || ' ' || description)) stored
);

create index work_creator on catalog.work (creator, id);
create index work_published on catalog.work (id) where published_version is not null;
create index work_words on catalog.work using gin (words);

create table catalog.version (
  id uuid primary key,
  work_id uuid not null references catalog.work (id),
  number int not null,
  hash text,
  file_count int not null default 0,
  size_bytes bigint not null default 0,
  created_at timestamptz not null,
  published_at timestamptz,
  unique (work_id, number)
);

create unique index version_draft on catalog.version (work_id) where published_at is null;

-- A unit is what a use is counted for. It stays the same over versions: the same path is the same unit.
create table catalog.unit (
  id uuid primary key,
  work_id uuid not null references catalog.work (id),
  path_key text not null,
  kind text not null check (kind in ('file', 'shard')),
  unique (work_id, path_key)
);

create table catalog.file (
  version_id uuid not null references catalog.version (id),
  -- Lower case: two paths that differ in case only would be one file on some systems.
  path_key text not null,
  path text not null,
  unit_id uuid not null references catalog.unit (id),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null check (size_bytes >= 0),
  media_type text not null,
  uploaded_at timestamptz not null,
  primary key (version_id, path_key)
);

create table catalog.offer (
  id uuid primary key,
  work_id uuid not null references catalog.work (id),
  creator uuid not null,
  terms jsonb not null,
  price jsonb not null,
  terms_hash text not null,
  hash text not null,
  summary text not null,
  created_at timestamptz not null,
  withdrawn_at timestamptz
);

create index offer_work on catalog.offer (work_id, id);

-- What was published or offered does not change any more, whoever tries: the hash that others hold must stay true.
create function catalog.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'what was published or offered cannot be changed' using errcode = 'restrict_violation';
end $$;

create trigger version_immutable before update or delete on catalog.version
  for each row when (old.published_at is not null) execute function catalog.refuse_change();

create function catalog.refuse_published_file() returns trigger language plpgsql as $$
begin
  if exists (select 1 from catalog.version
    where id = coalesce(new.version_id, old.version_id) and published_at is not null) then
    raise exception 'files of a published version cannot be changed' using errcode = 'restrict_violation';
  end if;
  return coalesce(new, old);
end $$;

create trigger file_immutable before insert or update or delete on catalog.file
  for each row execute function catalog.refuse_published_file();

create trigger offer_immutable before update on catalog.offer
  for each row when (
    old.withdrawn_at is not null or
    (old.id, old.work_id, old.creator, old.terms, old.price, old.terms_hash, old.hash, old.summary, old.created_at) is distinct from
    (new.id, new.work_id, new.creator, new.terms, new.price, new.terms_hash, new.hash, new.summary, new.created_at))
  execute function catalog.refuse_change();

create trigger offer_kept before delete on catalog.offer
  for each row execute function catalog.refuse_change();
