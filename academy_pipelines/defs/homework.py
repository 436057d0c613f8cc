"""Homework videos as partitioned assets: what of a video is looked at, how much is written in it, and who was told."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from academy_pipelines.defs import retries
from academy_pipelines.defs.batching import HOMEWORK_TYPES
from academy_pipelines.defs.chains import begin, chain_assets, hand_back
from academy_pipelines.defs.facts import Facts
from academy_pipelines.defs.stages import Progress, fail_without_result, for_each, hand_on, record, stage
from academy_pipelines.resources.academy_api import AcademyApi
from academy_pipelines.resources.artefacts import Artefacts, Ticket
from academy_pipelines.resources.downloads import Downloads
from academy_pipelines.resources.job_sources import JobSource
from academy_pipelines.resources.ledger.book import Ledger

if TYPE_CHECKING:
    from academy_pipelines.contracts.homework import HomeworkResult

HOMEWORK = dg.DynamicPartitionsDefinition(name="homework")
"""One key a homework video: the job's `source_id`."""

ASSETS = {
    "homework_frames": "The pictures of a homework video that were looked at, some of them on one sheet.",
    "homework_activity": "How much is written on the paper in these pictures.",
    "homework_result": "The result that the back end has accepted.",
}
KINDS = {
    "homework_frames": {"python", "jpeg"},
    "homework_activity": {"python", "json"},
    "homework_result": {"python", "http"},
}
SHEET, RESULT = "contact_sheet.jpg", "homework.json"

Stage = Iterator[dg.Output[Progress]]
LedgerParam = dg.ResourceParam[Ledger]


class HomeworkWork:
    """The stages of one homework video."""

    def __init__(self, artefacts: Artefacts, downloads: Downloads) -> None:
        self._artefacts = artefacts
        self._downloads = downloads

    def sample(self, ticket: Ticket, payload: Mapping[str, Any]) -> Facts:
        """Look at some pictures of the video, and keep what is seen; a video that was looked at is not fetched again.

        Raises:
            UnusableInputError: the payload or the video cannot be used.
            ToolError: the look at it was killed by a limit, or failed.
        """
        if not self._artefacts.has(ticket, RESULT):
            self._look(ticket, payload)
        result = self.result(ticket)
        return {
            "sampled_frames": result.sampled_frames,
            "total_frames": result.total_frames,
            "sampling": result.sampling,
            "contact_sheet_path": self._artefacts.location(ticket, SHEET),
        }

    def activity(self, ticket: Ticket) -> Facts:
        """Return what is seen, for people."""
        result = self.result(ticket)
        facts: Facts = {"status": result.status, "filled_ratio": result.filled_ratio}
        return {**facts, "avg_writing_score": result.avg_writing_score, "too_short": int(result.too_short)}

    def result(self, ticket: Ticket) -> "HomeworkResult":
        """Return what is seen, in the form of the contract."""
        from academy_pipelines.contracts.homework import HomeworkResult

        return HomeworkResult.model_validate_json(self._artefacts.get(ticket, RESULT))

    def close(self) -> None:
        """Let go of the neighbours' connections."""
        self._downloads.close()

    def _look(self, ticket: Ticket, payload: Mapping[str, Any]) -> None:
        from academy_pipelines.contracts.homework import HomeworkResult, parse_homework_payload
        from academy_pipelines.resources.homework_frames import HomeworkFrames
        from academy_pipelines.resources.homework_sampling.measuring import HomeworkRequest

        asked = parse_homework_payload(dict(payload))
        with tempfile.TemporaryDirectory(prefix="academy-homework-") as folder:
            video = Path(folder) / "video"
            video.write_bytes(self._downloads.fetch(asked.download_url))
            request = HomeworkRequest(str(video), asked.frame_stride, asked.min_frame_count)
            activity, jpeg = HomeworkFrames().measure(request)
        key = self._artefacts.put(ticket, SHEET, jpeg, "image/jpeg")
        result = HomeworkResult.of(activity).model_copy(update={"artifacts": {"overlay_key": key}})
        self._artefacts.put(ticket, RESULT, result.model_dump_json().encode())


@stage("homework_frames", retry_policy=retries.DOWNLOADS, tags={"stage": "sample"})
def sample_frames(
    context: dg.OpExecutionContext, ledger: LedgerParam, homework: dg.ResourceParam[HomeworkWork]
) -> Stage:
    """Fetch the videos of the batch, and look at some of their pictures."""
    progress, jobs = begin(context, ledger, HOMEWORK_TYPES, "homework_result")

    def work(ticket: Ticket) -> Facts:
        return homework.sample(ticket, jobs[ticket].whole_payload)

    outcome = for_each(context, ledger, progress, work)
    record(context, "homework_frames", outcome.values)
    yield from hand_on(context, outcome.progress)


@stage("homework_activity", retry_policy=retries.STORE, tags={"stage": "activity"})
def judge_activity(
    context: dg.OpExecutionContext, ledger: LedgerParam, homework: dg.ResourceParam[HomeworkWork], progress: Progress
) -> Stage:
    """Say how much is written."""
    outcome = for_each(context, ledger, progress, homework.activity)
    record(context, "homework_activity", outcome.values)
    yield from hand_on(context, outcome.progress)


@stage("homework_result", hands_on=False, retry_policy=retries.DELIVERY, tags={"stage": "deliver"})
def deliver_homework_results(  # noqa: ANN201
    context: dg.OpExecutionContext,
    ledger: LedgerParam,
    homework: dg.ResourceParam[HomeworkWork],
    academy_api: dg.ResourceParam[AcademyApi],
    job_source: dg.ResourceParam[JobSource],
    progress: Progress,
):
    """Commit and post every result and every failure; the run fails when a video has no accepted result."""
    outcome = for_each(context, ledger, progress, homework.result)
    accepted = hand_back(context, ledger, academy_api, job_source, outcome.progress, outcome.values)
    facts = {ticket: {"delivery": "accepted", "job_id": ticket.job_id} for ticket in accepted}
    record(context, "homework_result", facts)
    ledger.work.release(context.run_id)
    fail_without_result(outcome.progress, accepted, "homework videos")
    return
    yield


@dg.graph(out={name: dg.GraphOut() for name in ASSETS})
def look_at_homework():  # noqa: ANN201 - a graph's outputs are what its body maps
    """Video in, accepted result out."""
    frames, sampled = sample_frames()
    activity, judged = judge_activity(sampled)
    return {
        "homework_frames": frames,
        "homework_activity": activity,
        "homework_result": deliver_homework_results(judged),
    }


def homework_assets(batch_size: int) -> dg.AssetsDefinition:
    """Return the three assets; a backfill covers up to `batch_size` partitions a run."""
    return chain_assets(look_at_homework, "homework", HOMEWORK, ASSETS, KINDS, batch_size)
