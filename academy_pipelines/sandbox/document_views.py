"""What the person's page shows of a document's result. Workers may post nonsense: then there is nothing to show."""

from typing import Any

Fields = dict[str, Any]


def written_text(result: object) -> str:
    """Return what was read on a page, empty for results that hold no text."""
    text = result.get("text") if isinstance(result, dict) else None
    return text if isinstance(text, str) else ""


def posted_problems(result: object) -> list[Fields]:
    """Return the problems of a result: several, or the one that it is."""
    if not isinstance(result, dict) or not isinstance(result.get("body"), str):
        return []
    listed = result.get("problems")
    found = listed if isinstance(listed, list) and listed else [result]
    return [_problem(problem) for problem in found if isinstance(problem, dict)]


def posted_notes(result: object) -> list[str]:
    """Return what the worker wants a person to know, page by page."""
    if not isinstance(result, dict):
        return []
    pages = [page for page in _listed(result, "pages") if isinstance(page, dict)]
    of_pages = [f"page {page.get('page')}: {note}" for page in pages for note in _listed(page, "notes")]
    return [*map(str, _listed(result, "notes")), *of_pages]


def _problem(problem: Fields) -> Fields:
    source = {"stated": "stated on the paper", "inferred": "worked out by the model"}.get(
        str(problem.get("answer_source")), "not known"
    )
    return {
        "number": problem.get("number") or "?",
        "body": str(problem.get("body") or ""),
        "choices": [str(choice) for choice in _listed(problem, "choices")],
        "answer": problem.get("answer") or "-",
        "source": source,
        "points": problem.get("points"),
        "needs_review": problem.get("needs_review") is True,
        "warnings": ", ".join(map(str, _listed(problem, "warnings"))),
    }


def _listed(fields: Fields, name: str) -> list[Any]:
    values = fields.get(name)
    return values if isinstance(values, list) else []
