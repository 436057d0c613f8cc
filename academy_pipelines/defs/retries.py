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

ENGINES = dg.RetryPolicy(max_retries=2, delay=5.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""Who reads, writes or embeds for us; each has retries of its own for a request that failed."""

SOURCES = dg.RetryPolicy(max_retries=2, delay=5.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""Videos' sources: within each attempt the download goes on by itself, as often as `VIDEO_WORKER_RETRY_MAX` says."""

PROBES = dg.RetryPolicy(max_retries=2, delay=2.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""The look at a source, and into the store whether the same was published before."""

ENCODING = dg.RetryPolicy(max_retries=1, delay=5.0)
"""Minutes of work: a program that failed is tried again by the ledger, perhaps on another machine."""

DRAWING = dg.RetryPolicy(max_retries=1, delay=1.0)
"""Pictures beside a package."""

PUBLISHING = dg.RetryPolicy(max_retries=3, delay=3.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""The store that players read from; what is there is not sent again."""
