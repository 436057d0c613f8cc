"""A result in a few words, and what is wrong with it when the truth is known."""

from collections.abc import Callable
from typing import Any

FLAGGED = ("ambiguous", "low_confidence", "error")
MAX_TEXT = 160

Summary = dict[str, Any]


def summarise(job_type: str, result: object, truth: dict[str, Any] | None = None) -> Summary:
    """Return what a person wants to see of a result; nonsense gives an empty or odd summary, never an error.

    Keys: `text`; for graded sheets also `answers` [{"q", "label", "status", "right"?}], `identifier`,
    `identifier_status`, `flagged`, and with a truth `right` and `known` (numbers of answers) and `identifier_right`.
    """
    if not isinstance(result, dict):
        return {}
    if job_type == "omr_grading":
        return _sheet(result, truth or {})
    words = _WORDS.get(job_type)
    return {"text": words(result)[:MAX_TEXT] if words else ""}


def _sheet(result: Summary, truth: Summary) -> Summary:
    expected = {str(number): _labels(labels) for number, labels in dict(truth.get("answers") or {}).items()}
    answers = [_answer(item, expected) for item in _objects(result.get("answers"))]
    identifier = result.get("identifier")
    number: Summary = identifier if isinstance(identifier, dict) else {}
    known = [item["right"] for item in answers if "right" in item]
    summary: Summary = {
        "answers": answers,
        "identifier": str(number.get("identifier") or number.get("raw_identifier") or ""),
        "identifier_status": str(number.get("status") or ""),
        "flagged": sum(item["status"] in FLAGGED for item in answers),
        "text": "aligned" if result.get("aligned") is True else "not aligned",
    }
    if known:
        summary |= {"known": len(known), "right": sum(known)}
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
    "homework_video_analysis": lambda result: (
        f"{result.get('sampled_frames')} of {result.get('total_frames')} frames, filled {result.get('filled_ratio')}"
    ),
}
