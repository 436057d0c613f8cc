"""Offering work to the academy: any files, and the samples."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from academy_pipelines.errors import InvalidJobError
from academy_pipelines.omr.objective import TEMPLATE_NAMES, template_by_name, template_meta
from academy_pipelines.sandbox.jobs import Job, NewJob
from academy_pipelines.sandbox.samples import Sample, load_samples
from academy_pipelines.sandbox.store import SandboxStore
from academy_pipelines.sandbox.videos import Video

VIDEO = "video"
"""The job type of a sample that goes to the video worker."""


def template_fields(template: str) -> dict[str, Any]:
    """Return the payload fields for a template: the name of one of our own sheets, or a file with template meta.

    Raises:
        InvalidJobError: `template` is neither.
    """
    if template in TEMPLATE_NAMES:
        sheet = template_by_name(template)
        return {"question_count": len(sheet.questions), "template_meta": template_meta(sheet, template)}
    path = Path(template)
    if not path.is_file():
        names = ", ".join(TEMPLATE_NAMES)
        raise InvalidJobError(f"there is no template {template!r}; give a JSON file or one of {names}")
    try:
        meta = json.loads(path.read_bytes())
    except ValueError as error:
        raise InvalidJobError(f"{path} is no JSON: {error}") from error
    if not isinstance(meta, dict):
        raise InvalidJobError(f"{path} holds no template meta: it is a JSON {type(meta).__name__}, not an object")
    return {"template_meta": meta}


def offer_files(store: SandboxStore, files: Iterable[Path], job_type: str, payload: dict[str, Any]) -> list[Job]:
    """Offer one job of `job_type` for each file, or a single one without a file when there are none."""
    kept = [store.files.keep(path.read_bytes(), path.name) for path in files]
    return [store.jobs.offer(NewJob(job_type, payload, file)) for file in kept or [None]]


def offer_videos(store: SandboxStore, files: Iterable[Path]) -> list[Video]:
    """Offer each file to the video worker."""
    return [store.videos.offer(store.files.keep(path.read_bytes(), path.name)) for path in files]


def offer_samples(store: SandboxStore, folder: Path) -> int:
    """Offer every sample of `folder` and return their number."""
    samples = load_samples(folder)
    for sample in samples:
        _offer_sample(store, sample)
    return len(samples)


def _offer_sample(store: SandboxStore, sample: Sample) -> None:
    kept = store.files.keep(sample.file.read_bytes(), sample.file.name) if sample.file else None
    if sample.job_type == VIDEO and kept:
        store.videos.offer(kept, sample.name)
        return
    store.jobs.offer(NewJob(sample.job_type, dict(sample.payload), kept, None, sample.name, sample.truth))
