"""What the templates show of jobs and videos, as plain values."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from academy_pipelines.sandbox.document_views import posted_notes, posted_problems, written_text
from academy_pipelines.sandbox.file_pages import listed_pages, result_of
from academy_pipelines.sandbox.jobs import Job, Result
from academy_pipelines.sandbox.redaction import redacted
from academy_pipelines.sandbox.reviews import doubtful_count
from academy_pipelines.sandbox.summaries import FLAGGED, summarise
from academy_pipelines.sandbox.videos import Video

QUALITY = {
    "px_per_mm": "Pixels a mm",
    "blur_mm": "Blur (mm)",
    "contrast": "Contrast of print",
    "clipped_share": "Pure white",
    "alignment_share": "Print in place",
}
"""What is measured of a picture, and how a person calls it."""

MOST_CHIPS = 60
"""Answers that one row of the list shows: two full sheets."""

RESULT_ASSETS = {
    "omr_grading": "omr_result",
    "wrong_note": "wrong_note",
    "handwriting_analysis": "handwriting_marks",
    "homework_video_analysis": "homework_result",
}
"""By job type, the asset that says that a result was accepted; all others are about documents."""

NO_SUMMARY: dict[str, Any] = {"text": "", "flagged": 0, "identifier": "", "identifier_status": ""}


def clock_time(moment_s: float | None) -> str:
    """Return a time of day such as 14:03:59, in this machine's zone; "-" for None."""
    return datetime.fromtimestamp(moment_s).astimezone().strftime("%H:%M:%S") if moment_s else "-"


def span(seconds: float | None) -> str:
    """Return a duration such as "0.42 s" or "3 min 5 s"; empty for None."""
    if seconds is None:
        return ""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - two digits are enough
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def job_row(job: Job) -> dict[str, Any]:
    """Return a job's row in the list."""
    summary = {**NO_SUMMARY, **(json.loads(job.summary) if job.summary else {})}
    is_answered = job.answered_at is not None and job.claimed_at is not None
    expected = json.loads(job.truth).get("expect") if job.truth else None
    return {
        "job": job,
        "expected": expected if job.results else None,
        "summary": summary,
        "answers": [_chip(answer) for answer in summary.get("answers", [])[:MOST_CHIPS]],
        "took_s": (job.answered_at or 0) - (job.claimed_at or 0) if is_answered else None,
        "regrades": max(job.results - 1, 0),
    }


def video_row(video: Video) -> dict[str, Any]:
    """Return a video's row in the list."""
    is_answered = video.answered_at is not None and video.claimed_at is not None
    took_s = (video.answered_at or 0) - (video.claimed_at or 0) if is_answered else None
    return {"video": video, "took_s": took_s}


def job_detail(job: Job, results: list[Result], dagster_url: str | None, page: int = 1) -> dict[str, Any]:
    """Return everything a job's own page shows of one page of its file, secrets removed."""
    posted = json.loads(results[-1].body) if results else None
    latest = {**posted, "result": result_of(posted["result"], page)} if posted else None
    summary = page_summary(job, _object(posted).get("result"), page)
    return {
        **job_row(job),
        **(
            {} if summary is None else {"summary": summary, "answers": [_chip(answer) for answer in summary["answers"]]}
        ),
        "page": page,
        "latest": posted,
        "latest_text": _pretty(posted) if posted else "",
        "payload_text": _pretty(json.loads(job.payload)),
        "history": [{"status": result.status, "received_at": result.received_at} for result in results],
        "digits": _digits(latest),
        "confidences": _confidences(latest),
        "reviewers": _reviewers(latest),
        "doubtful": doubtful_count(_object(posted).get("result")),
        "number": _number_facts(latest),
        "quality": _quality(latest),
        "warnings": [str(_object(warning).get("message")) for warning in _listed(posted, "warnings")],
        "written": written_text(_object(latest).get("result")),
        "problems": posted_problems(_object(posted).get("result")),
        "notes": posted_notes(_object(posted).get("result")),
        "partition_url": partition_url(dagster_url, job.source_id, RESULT_ASSETS.get(job.type, "document_result")),
    }


def page_summary(job: Job, result: object, page: int) -> dict[str, Any] | None:
    """Return the summary of one page, None for a file of one page."""
    if not listed_pages(result):
        return None
    truth = json.loads(job.truth) if job.truth else {}
    read = result_of(result, page)
    known = _object(_object(truth.get("pages")).get(str(page)))
    return {**NO_SUMMARY, "answers": [], **(summarise(job.type, read, known) if read else {})}


def page_links(result: object, count: int, shown: int) -> list[dict[str, Any]]:
    """Return a line for every page of a file of several: its number, whether it is shown, and why it was refused."""
    errors = {page["page"]: page.get("error") for page in listed_pages(result)}
    numbers = range(1, count + 1) if count > 1 else ()
    return [{"number": n, "is_shown": n == shown, "error": errors.get(n)} for n in numbers]


def partition_url(dagster_url: str | None, source_id: int, asset: str = "omr_result") -> str | None:
    """Return where Dagster shows what was made of a submission or video; None without a Dagster."""
    if dagster_url is None:
        return None
    return f"{dagster_url.rstrip('/')}/assets/{asset}?view=partitions&partition={quote(str(source_id))}"


def _chip(answer: dict[str, Any]) -> dict[str, Any]:
    tone = "flag" if answer["status"] in FLAGGED else "blank" if not answer["label"] else "plain"
    return {**answer, "tone": tone, "is_wrong": answer.get("right") is False}


def _pretty(value: object) -> str:
    return json.dumps(redacted(value), ensure_ascii=False, indent=2)


def _digits(latest: dict[str, Any] | None) -> list[dict[str, Any]]:
    identifier = _object(_object(latest).get("result")).get("identifier")
    digits = _object(identifier).get("digits")
    listed = [_object(digit) for digit in digits] if isinstance(digits, list) else []
    return [{"value": digit.get("value"), "status": str(digit.get("status"))} for digit in listed]


def _confidences(latest: dict[str, Any] | None) -> dict[str, float]:
    answers = _object(_object(latest).get("result")).get("answers")
    listed = [_object(answer) for answer in answers] if isinstance(answers, list) else []
    return {
        str(answer.get("question_id")): float(answer["confidence"])
        for answer in listed
        if isinstance(answer.get("confidence"), (int, float))
    }


def _reviewers(latest: dict[str, Any] | None) -> dict[str, str]:
    """Return who put an answer right, by question."""
    listed = [_object(answer) for answer in _listed(latest, "answers")]
    reviewed = [answer for answer in listed if answer.get("origin") == "review"]
    return {str(answer.get("question_id")): str(_object(answer.get("review")).get("reviewer")) for answer in reviewed}


def _number_facts(latest: dict[str, Any] | None) -> dict[str, Any]:
    """Return where the student number comes from, who put it right, and which submissions have the same one."""
    identifier = _object(_object(_object(latest).get("result")).get("identifier"))
    duplicates = identifier.get("duplicates")
    return {
        "resolution": str(identifier.get("resolution") or "read").replace("_", " "),
        "reviewer": _object(identifier.get("review")).get("reviewer") if identifier.get("origin") == "review" else None,
        "duplicates": [str(other) for other in duplicates] if isinstance(duplicates, list) else [],
    }


def _quality(latest: dict[str, Any] | None) -> dict[str, Any]:
    """Return the picture's quality: what was measured, in words, and what to do better."""
    quality = _object(_object(_object(latest).get("result")).get("quality"))
    shown = {name: quality.get(name) for name in QUALITY if isinstance(quality.get(name), (int, float))}
    complaints = quality.get("complaints")
    return {
        "facts": [(QUALITY[name], f"{value:g}") for name, value in shown.items()],
        "complaints": [str(complaint) for complaint in complaints] if isinstance(complaints, list) else [],
    }


def _listed(latest: dict[str, Any] | None, name: str) -> list[object]:
    value = _object(_object(latest).get("result")).get(name)
    return value if isinstance(value, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
