"""Which stages deserve another attempt inside a run, how many, and how far apart.

A stage that only computes fails the same way every time: its policy covers only the store it reads from. A run that
died, and a submission that failed alone for a reason that time heals, are tried again by the ledger in a new run.
"""

import dagster as dg

DOWNLOADS = dg.RetryPolicy(max_retries=3, delay=2.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""The back end's files: an outage of some seconds is waited for."""

STORE = dg.RetryPolicy(max_retries=2, delay=1.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""Our own artefact store and ledger."""

DELIVERY = dg.RetryPolicy(max_retries=3, delay=2.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""Handing results back; whatever is left after that is delivered by the `unfinished_work` sensor."""
