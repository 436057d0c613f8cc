"""Take claims in: a job is durable before the next one is claimed."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.resources.ledger.database import Database
from academy_pipelines.resources.ledger.tables import JobState, jobs

LINKS = ("download_url", "blank_url")
CREDENTIALS = ("cookie", "bearer_token", "worker_token")

_KNOWN = sa.select(jobs.c.state, jobs.c.result.is_not(None).label("has_result")).where(
    jobs.c.job_id == sa.bindparam("job_id")
)
_LAST = sa.select(sa.func.max(jobs.c.sequence))
_NEW = sa.insert(jobs)


class Inbox:
    """The door in."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def accept(self, job: AiJob, *, source: str, receipt: str = "") -> bool:
        """Commit a claim; True when the job is new to us.

        A job that arrives again brings a fresh payload (its links live longer). If it was already
        delivered, the back end has not seen the result: it is put back for delivery, unless it is dead.
        """
        with self._database.transaction() as connection:
            row = connection.execute(_KNOWN, {"job_id": job.id}).first()
            if row is None:
                insert_job(connection, job, source=source, receipt=receipt, now_s=self._clock())
                return True
            payload, secrets = parted(job.payload)
            again: dict[str, object] = {"payload": payload, "secrets": secrets, "receipt": receipt}
            if row.state == JobState.DELIVERED:
                again["state"] = JobState.DONE if row.has_result else JobState.FAILED
            connection.execute(sa.update(jobs).where(jobs.c.job_id == job.id).values(again))
            return False

    def state_of(self, job_id: str) -> JobState | None:
        """Return where a job stands; None if it was never claimed."""
        with self._database.transaction() as connection:
            state = connection.execute(sa.select(jobs.c.state).where(jobs.c.job_id == job_id)).scalar()
        return JobState(state) if state is not None else None


def insert_job(connection: sa.Connection, job: AiJob, *, source: str, receipt: str, now_s: float) -> None:
    """Add a new job, last in line."""
    payload, secrets = parted(job.payload)
    last = connection.execute(_LAST).scalar() or 0
    row = {
        "job_id": job.id,
        "sequence": last + 1,
        "source": source,
        "receipt": receipt,
        "type": job.type,
        "submission": job.source_id,
        "payload": payload,
        "secrets": secrets,
        "state": JobState.CLAIMED,
        "attempts": 0,
        "max_attempts": max(1, job.max_attempts - job.attempt),
        "exhausted": False,
        "not_before": 0.0,
        "claimed_at": now_s,
        "deliveries": 0,
    }
    connection.execute(_NEW, row)


def parted(payload: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a payload as what may be kept for ever, and the fields that open doors in full.

    A door is opened by the query of a URL, in a field of its own or in the `crop` of an item, and by the credentials of
    `template_fetch`. The second part put over the first gives the payload back.
    """
    kept, secrets = dict(payload), dict[str, Any]()
    for name in LINKS:
        if isinstance(url := payload.get(name), str):
            kept[name], secrets[name] = _shut(url), url
    if isinstance(items := payload.get("items"), list):
        kept["items"] = [_without_link(item) for item in items]
        if kept["items"] != items:
            secrets["items"] = items
    if isinstance(fetch := payload.get("template_fetch"), dict):
        kept["template_fetch"] = {key: value for key, value in fetch.items() if key not in CREDENTIALS}
        secrets["template_fetch"] = fetch
    return kept, secrets


def _without_link(item: object) -> object:
    if not isinstance(item, dict):
        return item
    fields: dict[str, Any] = item
    crop = fields.get("crop")
    if not isinstance(crop, str) or crop[:4].lower() != "http":
        return fields
    return {**fields, "crop": _shut(crop)}


def _shut(url: str) -> str:
    return url.partition("?")[0].partition("#")[0]
