"""The documents of `academy demo`: papers drawn when they are needed, offered in every way there is, and shown."""

import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from academy_pipelines.sandbox.jobs import NewJob
    from academy_pipelines.sandbox.stack import Jobs, LocalStack
    from academy_pipelines.sandbox.store import SandboxStore

SHEET = "omr_grading"
WIDTH = 70
TYPED = """3. 다음 중 소수(素數)인 것은? [3점]
① 9  ② 15  ③ 23  ④ 27  ⑤ 33
정답: ③"""
"""A question that somebody has typed, for a job that brings its text along."""


NOTE = {
    "enrolment": {"id": "2026-31", "name": "김하늘"},
    "items": [
        {"exam": "3월 주간 평가", "question": 3, "given": "B", "right": "C", "body": "다음 중 소수인 것은?"},
        {"exam": "3월 주간 평가", "question": 8, "given": "", "right": "A", "body": "피타고라스 정리를 고르시오."},
    ],
}


def offer_documents(stack: "LocalStack") -> None:
    """Draw papers and offer them, unless the academy has jobs about documents already."""
    from academy_pipelines.sandbox.exam_pages.documents import write_sample_documents
    from academy_pipelines.sandbox.homework_clip import film_homework
    from academy_pipelines.sandbox.store import SandboxStore

    with tempfile.TemporaryDirectory() as folder, SandboxStore(stack.sandbox_state) as store:
        if any(job.type != SHEET for job in store.jobs.page()):
            return
        papers = {path.stem: path for path in write_sample_documents(Path(folder))}
        papers["homework"] = film_homework(Path(folder) / "homework.mp4")
        for new in _offers(store, papers):
            store.jobs.offer(new)


def _offers(store: "SandboxStore", papers: Mapping[str, Path]) -> list["NewJob"]:
    from academy_pipelines.sandbox.jobs import NewJob

    def paper(job_type: str, name: str, title: str) -> NewJob:
        path = papers[name]
        return NewJob(job_type, {}, store.files.keep(path.read_bytes(), path.name), name=title)

    cut_off = store.files.keep(papers["exam-scanned"].read_bytes()[:20_000], "cut-off.pdf")
    return [
        paper("ocr", "exam-text-layer", "paper with its own text"),
        paper("ocr", "exam-scanned", "scanned paper"),
        paper("question_segmentation", "exam-scanned-badly", "paper scanned badly"),
        paper("problem_generation", "exam-text-layer", "paper into problems"),
        NewJob("problem_generation", {"ocr_text": TYPED}, name="typed question"),
        NewJob("embedding", {"texts": ["소수의 뜻을 쓰시오.", "피타고라스 정리를 설명하시오."]}, name="two texts"),
        paper("homework_video_analysis", "homework", "homework video"),
        NewJob("wrong_note", NOTE, name="wrong note of a student"),
        NewJob("ocr", {}, cut_off, name="upload that broke off", truth={"expect": "failed"}),
    ]


def show_documents(console: "Console", stack: "LocalStack") -> list[str]:
    """Print one row a job; returns what is not as it should be, in words."""
    from rich.table import Table

    table = Table("document", "type", "what came back", "by", "review", "time", title="Documents")
    jobs = [job for job in stack.jobs(results=True) if job["type"] != SHEET]
    for job in sorted(jobs, key=lambda job: job["source_id"]):
        result: dict[str, Any] = (job["result"] or {}).get("result") or {}
        took_s = (job["answered_at"] or 0) - (job["claimed_at"] or 0)
        took = f"{took_s:.1f} s" if job["answered_at"] else "-"
        told = (job["summary"] or {}).get("text") or job["error"] or job["state"]
        style = {"done": "", "failed": "dim"}.get(job["state"], "red")
        name = f"{job['source_id']} {job['name']}"
        shown = textwrap.shorten(told, WIDTH, placeholder=" ...").replace("[", "\\[")
        table.add_row(name, job["type"], shown, _engine(result), _review(result), took, style=style)
    console.print(table)
    return _what_is_wrong(jobs)


def _engine(result: Mapping[str, Any]) -> str:
    if "pdf_key" in result:
        return "WeasyPrint"
    if "sampling" in result:
        return str(result["sampling"])
    return str(result.get("engine") or result.get("writer") or result.get("backend") or "-")


def _review(result: Mapping[str, Any]) -> str:
    needs_review = result.get("needs_review")
    return "-" if needs_review is None else "yes" if needs_review else "no"


def _what_is_wrong(jobs: "Jobs") -> list[str]:
    wrong: list[str] = []
    for job in jobs:
        expected = job.get("expect") or "done"
        if job["state"] != expected:
            wrong.append(f"{job['name']} (document {job['source_id']}) is {job['state']}, expected {expected}")
    return wrong
