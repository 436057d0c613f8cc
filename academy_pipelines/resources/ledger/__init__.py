"""The ledger: the durable inbox and outbox of every job, one row each.

    claimed ──► running ──► done ───► delivered
       ▲           │    └─► failed ─┘      (failed: delivered as a `failed` result)
       └───────────┘                       (dead: cannot be delivered either)
    a run died, or time may heal

`inbox` takes claims in, `work` says who may work on what, `outbox` hands results back, `history` knows what is over,
`reviews` keeps what people put right, `roll` which number is on which sheet, `videos` what is particular about
videos, `packages` which builds of them lie in the store.
Every state change is one transaction and idempotent by job id. Times are seconds since the epoch.
"""
