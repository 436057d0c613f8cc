"""A job as it is read from the ledger: to line it up, or to work on it."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from academy_pipelines.contracts.json_text import read_json_object
from academy_pipelines.resources.ledger.tables import jobs


@dataclass(frozen=True, slots=True)
class QueuedJob:
    """One job as far as lining it up needs."""

    job_id: str
    submission: str
    type: str
    attempts: int


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One job as far as working on it needs; JSON stays text until it is asked for, because batches are large."""

    job_id: str
    submission: str
    type: str
    payload_json: str
    secrets_json: str | None
    attempts: int

    @property
    def payload(self) -> dict[str, Any]:
        """What may be kept for ever of the payload."""
        return read_json_object(self.payload_json)

    @property
    def secrets(self) -> dict[str, Any] | None:
        """What opens doors; None once the job is delivered."""
        return None if self.secrets_json is None else read_json_object(self.secrets_json)

    @property
    def whole_payload(self) -> dict[str, Any]:
        """The payload as it was claimed; after delivery, what is left of it without secrets."""
        return {**self.payload, **(self.secrets or {})}


QUEUED = (jobs.c.job_id, jobs.c.submission, jobs.c.type, jobs.c.attempts)
RECORD = (
    jobs.c.job_id,
    jobs.c.submission,
    jobs.c.type,
    sa.cast(jobs.c.payload, sa.Text),
    sa.cast(jobs.c.secrets, sa.Text),
    jobs.c.attempts,
)
