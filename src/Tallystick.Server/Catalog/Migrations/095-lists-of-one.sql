-- What is on sale of a work is read by itself: a work may have had any number of offers. So are the published works of a creator.
create index offer_on_sale on catalog.offer (work_id, id) where withdrawn_at is null;
create index work_creator_published on catalog.work (creator, id) where published_version is not null;
create index version_published on catalog.version (work_id, number) where published_at is not null;
