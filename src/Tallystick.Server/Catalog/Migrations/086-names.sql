-- By what a name is compared with those of its draft, so that not all of them are read for each: computed by Core, null for
-- files from before. What a version holds is compared as a whole when it is published.
alter table catalog.file
  add column name_key text collate "C", add column skeleton text collate "C", add column pattern text collate "C";

create index file_name_key on catalog.file (version_id, name_key);
create index file_skeleton on catalog.file (version_id, skeleton);
