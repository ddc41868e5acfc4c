-- How much was sealed within the last minute, and when the last time was, is asked for by every look at the installation.
create index seal_at on metering.seal (sealed_at);
