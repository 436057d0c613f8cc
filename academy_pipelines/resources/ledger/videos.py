"""Videos in the ledger: each claim is a job like any other, under a name of its own beside the submissions."""

import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from academy_pipelines.contracts.jobs import AiJob
from academy_pipelines.contracts.videos import VideoClaim
from academy_pipelines.resources.ledger.database import Database
from academy_pipelines.resources.ledger.inbox import insert_job, parted
from academy_pipelines.resources.ledger.records import RECORD, JobRecord
from academy_pipelines.resources.ledger.tables import JobState, jobs, leases

VIDEO_SOURCE = "video"
"""Where a video's job comes from, and where its outcome goes."""

VIDEO_TYPE = "video_transcode"

UNIQUE_CHARS = 12
"""Of a job's name: also folders that other academies on this machine work in are named by their jobs."""

_SUBJECT = "video:"

_UNFINISHED = jobs.c.state.in_([JobState.CLAIMED, JobState.RUNNING])


def subject_of(video_id: int | str) -> str:
    """Return what a video is called in the ledger, where submissions have numbers of their own."""
    return f"{_SUBJECT}{video_id}"


def video_id_of(subject: str) -> int:
    """Return the number of the video that the ledger calls so."""
    return int(subject.removeprefix(_SUBJECT))


class Videos:
    """What is particular about videos: their claims, and who is heard of."""

    def __init__(self, database: Database, clock: Callable[[], float], lease_s: float) -> None:
        self._database = database
        self._clock = clock
        self._lease_s = lease_s

    def accept(self, claim: VideoClaim) -> bool:
        """Commit a claim; True when it is new work.

        A claim says nothing but the video's number. While the work on it is unsettled, it brings a fresh link and
        nothing else; afterwards the video is done again, because its source may be another one.
        """
        subject, payload = subject_of(claim.video_id), self._payload(claim)
        unsettled = jobs.c.state.not_in([JobState.DELIVERED, JobState.DEAD])
        with self._database.transaction() as connection:
            last = connection.execute(
                sa.select(jobs.c.job_id).where(jobs.c.submission == subject, unsettled).order_by(jobs.c.sequence.desc())
            ).scalar()
            if last is not None:
                kept, secrets = parted(payload)
                update = sa.update(jobs).where(jobs.c.job_id == last)
                connection.execute(update.values(payload=kept, secrets=secrets))
                return False
            job_id = f"video-{claim.video_id}-{uuid.uuid4().hex[:UNIQUE_CHARS]}"
            job = AiJob(id=job_id, type=VIDEO_TYPE, source_id=subject, payload=payload)
            insert_job(connection, job, source=VIDEO_SOURCE, receipt="", now_s=self._clock())
            return True

    def ahead(self) -> int:
        """Return how many videos are claimed that no run works on yet."""
        query = sa.select(sa.func.count()).where(jobs.c.type == VIDEO_TYPE, jobs.c.state == JobState.CLAIMED)
        with self._database.transaction() as connection:
            return connection.execute(query).scalar_one()

    def unheard(self, silence_s: float) -> list[JobRecord]:
        """Return the unfinished videos whose lease no run has renewed for `silence_s` seconds."""
        renewed_at = leases.c.expires_at - self._lease_s
        heard = sa.exists().where(leases.c.subject == jobs.c.submission, renewed_at > self._clock() - silence_s)
        query = sa.select(*RECORD).where(jobs.c.type == VIDEO_TYPE, _UNFINISHED, ~heard).order_by(jobs.c.sequence)
        with self._database.transaction() as connection:
            return [JobRecord(*row) for row in connection.execute(query)]

    def is_unfinished(self, video_id: int | str) -> bool:
        """Whether a video has a job to work on."""
        query = sa.select(jobs.c.job_id).where(jobs.c.submission == subject_of(video_id), _UNFINISHED).limit(1)
        with self._database.transaction() as connection:
            return connection.execute(query).scalar() is not None

    def is_given_up(self, video_id: int | str, run_id: str) -> bool:
        """Whether this run has worked on a video that now waits for another run."""
        waits = sa.and_(jobs.c.submission == subject_of(video_id), jobs.c.state == JobState.CLAIMED)
        query = sa.select(jobs.c.job_id).where(waits, jobs.c.run_id == run_id).limit(1)
        with self._database.transaction() as connection:
            return connection.execute(query).scalar() is not None

    def drop(self, job_id: str, reason: str, run_id: str | None = None) -> None:
        """The claim is lost: nobody works on it any more, and nobody is told. Finished work is left alone.

        A run drops what it works on itself; one that lost the video to another run thereby drops nothing.
        """
        mine = _UNFINISHED if run_id is None else sa.and_(jobs.c.state == JobState.RUNNING, jobs.c.run_id == run_id)
        with self._database.transaction() as connection:
            connection.execute(
                sa.update(jobs)
                .where(jobs.c.job_id == job_id, mine)
                .values(state=JobState.DEAD, error_code="claim_lost", error=reason, secrets=sa.null())
                .values(finished_at=self._clock())
            )

    def link_age_s(self, job: JobRecord) -> float:
        """Return how old the link to a video's source is, in seconds."""
        return self._clock() - float(job.payload["linked_at"])

    def _payload(self, claim: VideoClaim) -> dict[str, Any]:
        return {
            "video_id": claim.video_id,
            "title": claim.title,
            "download_url": claim.source_url,
            "linked_at": self._clock(),
        }
