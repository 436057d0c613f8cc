"""Hand finished jobs back to the back end: the same few lines for a run and for the sweep."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum

from academy_pipelines.contracts.results import AiResultMessage
from academy_pipelines.defs.heartbeat import in_parallel
from academy_pipelines.errors import ContractError, UnavailableError
from academy_pipelines.resources.academy_api import AcademyApi
from academy_pipelines.resources.job_sources import JobSource
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.outbox import Parcel

POSTS_AT_ONCE = 4


class Delivery(StrEnum):
    """What became of one delivery."""

    ACCEPTED = "accepted"
    POSTPONED = "postponed"
    REFUSED = "refused"


Post = Callable[[Parcel], None]
"""Tells the back end of one finished job. Telling it twice is harmless.

Raises UnavailableError when it should be told later, ContractError when the back end will never take it.
"""


def deliver(
    parcels: Sequence[Parcel], ledger: Ledger, post: Post, job_source: JobSource | None, run_id: str
) -> dict[str, Delivery]:
    """Post every parcel and commit its fate at once; returns it by job id."""

    def one(parcel: Parcel) -> Delivery:
        return _deliver_one(parcel, ledger, post, job_source)

    fates = in_parallel(ledger, run_id, one, parcels, POSTS_AT_ONCE)
    return {parcel.job_id: fate for parcel, fate in fates}


def _deliver_one(parcel: Parcel, ledger: Ledger, post: Post, job_source: JobSource | None) -> Delivery:
    try:
        post(parcel)
    except UnavailableError:
        ledger.outbox.postpone(parcel.job_id)
        return Delivery.POSTPONED
    except ContractError as error:
        ledger.outbox.bury(parcel.job_id, str(error))
        _settle(parcel, job_source, str(error))
        return Delivery.REFUSED
    ledger.outbox.delivered(parcel.job_id)
    _settle(parcel, job_source, parcel.error if parcel.exhausted else None)
    return Delivery.ACCEPTED


def to_academy(academy_api: AcademyApi) -> Post:
    """Return how results of AI jobs are posted."""
    return lambda parcel: academy_api.post_ai_result(message_of(parcel))


def message_of(parcel: Parcel) -> AiResultMessage:
    """Return the wire's form of a finished job.

    Raises:
        ContractError: its source_id is no number, so that the result call cannot name it.
    """
    if not parcel.submission.isdecimal():
        raise ContractError(f"source_id {parcel.submission!r} is no number, which the result call requires")
    return AiResultMessage(
        submission_id=int(parcel.submission),
        status="failed" if parcel.result is None else "done",
        result=dict(parcel.result) if parcel.result is not None else None,
        error=None if parcel.result is not None else f"{parcel.error_code}: {parcel.error}",
    )


def _settle(parcel: Parcel, job_source: JobSource | None, reason: str | None) -> None:
    if job_source is None or parcel.source != job_source.name:
        return
    with suppress(UnavailableError):  # the sweep acknowledges what its source still counts as ours
        if reason is None:
            job_source.acknowledge(parcel.receipt)
        else:
            job_source.bury(parcel.receipt, reason)
