-- Since when a path has this content: the same over versions that do not change it, and never the same second for two contents.
-- Of what was published before: the time of its version.
alter table catalog.file add column modified_at timestamptz;
