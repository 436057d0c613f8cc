"""The composition root: settings in, Dagster's definitions out."""

from collections.abc import Mapping

import dagster as dg

from academy_pipelines.definitions.resources import build_resources
from academy_pipelines.defs.batching import (
    DOCUMENT_TYPES,
    HANDWRITING_TYPES,
    HOMEWORK_TYPES,
    NOTE_TYPES,
    SHEET_TYPES,
    Workload,
)
from academy_pipelines.defs.documents import DOCUMENTS, document_assets
from academy_pipelines.defs.handwriting import handwriting_assets
from academy_pipelines.defs.homework import HOMEWORK, homework_assets
from academy_pipelines.defs.jobs import (
    FIND_HANDWRITING,
    GRADE_SUBMISSIONS,
    LOOK_AT_HOMEWORK,
    PRINT_NOTES,
    READ_DOCUMENTS,
    grading_job,
    one_step_job,
    publishing_job,
    reading_job,
)
from academy_pipelines.defs.problem_batches import finished_batches
from academy_pipelines.defs.retirement import SECONDS_A_DAY, LivingSet, retirement_job, retirement_schedule
from academy_pipelines.defs.reviews import apply_reviews, reviewed_sheets
from academy_pipelines.defs.sensors import unfinished_work_sensor, waiting_jobs_sensor
from academy_pipelines.defs.similar_problems import similar_problems, similar_problems_job, similar_problems_schedule
from academy_pipelines.defs.submissions import SUBMISSIONS, submission_assets
from academy_pipelines.defs.video_sensors import unfinished_videos_sensor, waiting_videos_sensor
from academy_pipelines.defs.videos import VIDEO_ASSETS, VIDEOS
from academy_pipelines.defs.wrong_notes import ENROLMENTS, note_assets
from academy_pipelines.resources.ledger.videos import subject_of
from academy_pipelines.settings import Settings, load_settings

BESIDE_ENCODING_S = 3600.0
"""What a video's run may take besides its encode: the download of the source, proofs and uploads."""

PARTS_IN_A_ROW = 6
"""So many times `FFMPEG_TIMEOUT_SECONDS` may pass before a video's run is taken to hang: parts are far below it."""

SECONDS_AN_HOUR = 3600.0


def build_definitions(settings: Settings, resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """Return everything Dagster should know about one deployment; `resources` replace neighbours by role."""
    sheets = submission_assets(settings.academy_batch_size)
    papers = document_assets(settings.academy_document_batch_size)
    notes = note_assets(settings.academy_document_batch_size)
    marks = handwriting_assets(settings.academy_document_batch_size)
    grading, reading = grading_job(sheets), reading_job(papers)
    printing = one_step_job(PRINT_NOTES, notes, "Print what students got wrong, and hand the results back.")
    looking = one_step_job(FIND_HANDWRITING, marks, "Find what was written on pages, and hand the results back.")
    homework = homework_assets(settings.academy_document_batch_size)
    watching = one_step_job(LOOK_AT_HOMEWORK, homework, "Look at homework videos, and hand the results back.")
    claimed = [grading, reading, printing, looking, watching]
    longest_s = settings.ffmpeg_timeout_seconds * PARTS_IN_A_ROW + BESIDE_ENCODING_S
    videos = publishing_job(VIDEO_ASSETS, longest_s)
    living = [
        living_set(settings, SUBMISSIONS, sheets),
        living_set(settings, DOCUMENTS, papers, marks),
        living_set(settings, ENROLMENTS, notes),
        living_set(settings, HOMEWORK, homework),
        living_videos(settings),
    ]
    retirement = retirement_job(*living)
    comparing = similar_problems_job()
    return dg.Definitions(
        assets=[sheets, papers, marks, homework, notes, similar_problems, *VIDEO_ASSETS],
        jobs=[*claimed, comparing, apply_reviews, videos, retirement],
        schedules=[retirement_schedule(retirement), similar_problems_schedule(comparing)],
        sensors=[
            waiting_jobs_sensor(claimed, workloads(settings), settings.academy_claims_per_tick),
            reviewed_sheets,
            finished_batches,
            waiting_videos_sensor(videos, settings.academy_video_claims_ahead, settings.video_worker_poll_interval),
            unfinished_work_sensor(),
            unfinished_videos_sensor(settings.academy_video_grace_hours * SECONDS_AN_HOUR),
        ],
        resources={**build_resources(settings), **(resources or {})},
        executor=dg.in_process_executor,
    )


def workloads(settings: Settings) -> list[Workload]:
    """Return which jobs of the back end share runs."""
    return [
        Workload(GRADE_SUBMISSIONS, SUBMISSIONS.name or "", SHEET_TYPES, settings.academy_batch_size),
        Workload(FIND_HANDWRITING, DOCUMENTS.name or "", HANDWRITING_TYPES, settings.academy_document_batch_size),
        Workload(LOOK_AT_HOMEWORK, HOMEWORK.name or "", HOMEWORK_TYPES, settings.academy_document_batch_size),
        Workload(PRINT_NOTES, ENROLMENTS.name or "", NOTE_TYPES, settings.academy_document_batch_size),
        Workload(READ_DOCUMENTS, DOCUMENTS.name or "", DOCUMENT_TYPES, settings.academy_document_batch_size),
    ]


def living_set(
    settings: Settings, partitions: dg.DynamicPartitionsDefinition, *assets: dg.AssetsDefinition
) -> LivingSet:
    """Return how many submissions or documents Dagster keeps, and for how long."""
    return LivingSet(
        partitions=partitions.name or "",
        assets=frozenset(key for each in assets for key in each.keys),
        at_most=settings.academy_live_partitions,
        idle_s=settings.academy_retire_after_days * SECONDS_A_DAY,
    )


def living_videos(settings: Settings) -> LivingSet:
    """Return the same for videos."""
    return LivingSet(
        partitions=VIDEOS.name or "",
        assets=frozenset(asset.key for asset in VIDEO_ASSETS),
        at_most=settings.academy_live_partitions,
        idle_s=settings.academy_retire_after_days * SECONDS_A_DAY,
        subject=subject_of,
    )


__all__ = ["build_definitions", "build_resources", "defs"]

defs = build_definitions(load_settings())
