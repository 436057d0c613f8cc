"""A result in a few words, and what is wrong with it when the truth is known."""

from collections.abc import Callable
from typing import Any

from academy_pipelines.sandbox.file_pages import listed_pages, result_of

FLAGGED = ("ambiguous", "low_confidence", "error")
MAX_TEXT = 160

Summary = dict[str, Any]


def summarise(job_type: str, result: object, truth: dict[str, Any] | None = None) -> Summary:
    """Return what a person wants to see of a result; nonsense gives an empty or odd summary, never an error.

    Keys: `text`; for graded sheets also `answers` [{"q", "label", "status", "right"?}], `identifier`,
    `identifier_status`, `flagged`, and with a truth `right` and `known` (numbers of answers) and `identifier_right`.
    Of a file of several pages, `answers` are those of all (as "page.question") with what follows from them, the rest is
    the first page's; `pages` says how many there are, `odd_pages` names those refused or read against the truth.
    """
    if not isinstance(result, dict):
        return {}
    if job_type == "omr_grading":
        return _file(result, truth or {}) if listed_pages(result) else _sheet(result, truth or {})
    words = _WORDS.get(job_type)
    return {"text": words(result)[:MAX_TEXT] if words else ""}


def _file(result: Summary, truth: Summary) -> Summary:
    truths: dict[str, Summary] = dict(truth.get("pages") or {})
    pages = {page["page"]: result_of(result, page["page"]) for page in listed_pages(result)}
    read = {number: _sheet(page, truths.get(str(number), {})) for number, page in pages.items() if page is not None}
    answers = [
        {**answer, "q": f"{number}.{answer['q']}"} for number, page in read.items() for answer in page["answers"]
    ]
    refused = [number for number, page in pages.items() if page is None]
    expected = {number for number in pages if truths.get(str(number), {}).get("expect") == "failed"}
    return {
        **_sheet(result, truth),
        **_counts(answers),
        "pages": f"{len(pages)} pages{f', {len(refused)} refused' if refused else ''}",
        **({"odd_pages": sorted(expected ^ set(refused))} if truths else {}),
    }


def _counts(answers: list[Summary]) -> Summary:
    known = [item["right"] for item in answers if "right" in item]
    return {
        "answers": answers,
        "flagged": sum(item["status"] in FLAGGED for item in answers),
        **({"known": len(known), "right": sum(known)} if known else {}),
    }


def _sheet(result: Summary, truth: Summary) -> Summary:
    expected = {str(number): _labels(labels) for number, labels in dict(truth.get("answers") or {}).items()}
    answers = [_answer(item, expected) for item in _objects(result.get("answers"))]
    identifier = result.get("identifier")
    number: Summary = identifier if isinstance(identifier, dict) else {}
    summary: Summary = {
        **_counts(answers),
        "identifier": str(number.get("identifier") or number.get("raw_identifier") or ""),
        "identifier_status": str(number.get("status") or ""),
        "text": "aligned" if result.get("aligned") is True else "not aligned",
    }
    if "identifier" in truth:
        summary["identifier_right"] = number.get("identifier") == truth["identifier"]
    return summary


def _answer(item: Summary, expected: dict[str, str]) -> Summary:
    number, label = str(item.get("question_id")), _labels(item.get("detected"))
    answer: Summary = {"q": number, "label": label, "status": str(item.get("status"))}
    return {**answer, "right": expected[number] == label} if number in expected else answer


def _labels(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "".join(sorted(str(label) for label in value))
    return str(value or "")


def _objects(value: object) -> list[Summary]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _count(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


def _vectors(result: Summary) -> str:
    vectors = result.get("vectors")
    size = _count(vectors[0]) if isinstance(vectors, list) and vectors else 0
    return f"{_count(vectors)} vectors of {size} ({result.get('backend')})"


_WORDS: dict[str, Callable[[Summary], str]] = {
    "ocr": lambda result: " ".join(str(result.get("text", "")).split()),
    "question_segmentation": lambda result: f"{_count(result.get('boxes'))} questions",
    "handwriting_analysis": lambda result: (
        f"writing {result.get('writing_score')}, calculation {result.get('calculation_score')}"
    ),
    "embedding": _vectors,
    "problem_generation": lambda result: " ".join(str(result.get("body", "")).split()),
    "wrong_note": lambda result: f"{result.get('items')} questions on {result.get('pages')} pages",
    "homework_video_analysis": lambda result: (
        f"{result.get('sampled_frames')} of {result.get('total_frames')} frames, filled {result.get('filled_ratio')}"
    ),
}
