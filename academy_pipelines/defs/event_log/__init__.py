"""Many partition events in one transaction; the only place that touches Dagster's internals.

Dagster writes each asset event in two transactions of its own (7 to 18 ms); a batch of 128 submissions
with five assets has 1,280 of them. `batches` hands events over in groups; `sqlite` and `postgres` are the
stock storages with a `store_event_batch` that really is one. `dagster.yaml` names them. Dagster's version is
pinned to a minor release, and a contract test compares what they store with what the stock storage stores.
"""
