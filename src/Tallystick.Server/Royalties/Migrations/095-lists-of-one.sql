-- A list of one organisation is read in its own order from its own rows, whatever others have: a page of a statement's lines, the
-- statements of a role, the invitations that a creator's rules made.
drop index royalties.charge_buyer;
create index charge_buyer on royalties.charge (run_id, buyer, id);
create index charge_run on royalties.charge (run_id, id);
create index statement_role on royalties.statement (organisation_id, role, id);
create index consent_creator on royalties.consent (creator, id);
