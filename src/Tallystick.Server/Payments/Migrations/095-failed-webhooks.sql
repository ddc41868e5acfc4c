-- How many webhooks could not be worked out is asked for by every look at the metrics.
create index inbound_failed on payments.inbound (id) where state = 'failed';
