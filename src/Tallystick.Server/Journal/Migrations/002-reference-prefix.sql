-- Sums over everything that one run posted are found by the beginning of the reference, in any locale.
create index transaction_reference_prefix on journal.transaction (reference text_pattern_ops);
