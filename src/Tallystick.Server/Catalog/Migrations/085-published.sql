-- What a file counts as belongs to the file of a version: a draft that counts it otherwise changes nothing that is published.
alter table catalog.file add column unit_kind text check (unit_kind in ('file', 'shard'));
alter table catalog.file disable trigger file_immutable;
update catalog.file f set unit_kind = u.kind from catalog.unit u where u.id = f.unit_id;
alter table catalog.file enable trigger file_immutable;
alter table catalog.file alter column unit_kind set not null;
alter table catalog.unit drop column kind;

-- Uses were counted for it: it stays the same path of the same work.
create trigger unit_immutable before update or delete on catalog.unit
  for each row execute function catalog.refuse_change();

-- Who fills a draft, by the key that it was begun under; null when nobody said.
alter table catalog.version add column begun_under text;
