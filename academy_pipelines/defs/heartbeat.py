"""Work on many things at once while telling the ledger that this run is alive."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from academy_pipelines.resources.ledger.book import Ledger

Item = TypeVar("Item")
Made = TypeVar("Made")

RENEWALS_PER_LEASE = 4
"""So that three renewals in a row may fail before another run takes over."""


def in_parallel(
    ledger: Ledger, run_id: str, work: Callable[[Item], Made], items: Sequence[Item], threads: int
) -> Iterator[tuple[Item, Made]]:
    """Yield each item with what `work` made of it, in order; the run's leases are renewed all the while."""
    with ThreadPoolExecutor(max_workers=threads) as pool:
        futures = [pool.submit(work, item) for item in items]
        _renew_until_done(ledger, run_id, futures)
        for item, future in zip(items, futures, strict=True):
            yield item, future.result()


def _renew_until_done(ledger: Ledger, run_id: str, futures: Sequence[Future[Made]]) -> None:
    ledger.work.renew(run_id)
    while wait(futures, timeout=ledger.work.lease_s / RENEWALS_PER_LEASE).not_done:
        ledger.work.renew(run_id)
