"""What a person wants to see of an artefact in the Dagster UI."""

from collections.abc import Mapping

from academy_pipelines.contracts.results import AnswerMessage, IdentifierMessage, OmrResult, QualityMessage
from academy_pipelines.omr.readings import AnswerStatus
from academy_pipelines.review.rows import as_read, identifier_as_read

Facts = Mapping[str, int | float | str]
"""Facts about one artefact; a name that ends in `_path` or `_url` is a place to look at."""


def facts_of(result: OmrResult) -> Facts:
    """Return a result's summary: counts, the identifier, the answers as a person writes them, who put what right."""
    identifier, answers = result.identifier, result.answers
    return {
        "questions": len(answers),
        "flagged": sum(_is_flagged(answer) for answer in answers),
        "blank": sum(not answer.detected for answer in answers),
        "identifier": identifier.raw_identifier if identifier else "",
        "identifier_status": identifier.status if identifier else "",
        "identifier_resolution": identifier.resolution if identifier else "",
        "duplicates": len(identifier.duplicates) if identifier else 0,
        "mean_confidence": round(sum(a.confidence for a in answers) / max(1, len(answers)), 4),
        "answers": written_answers(answers),
        **page_facts(result),
        **review_facts(result),
        **({"warnings": "; ".join(warning.message for warning in result.warnings)} if result.warnings else {}),
    }


def page_facts(result: OmrResult) -> Facts:
    """Return how many pages a file of several has, and how many were refused; the other facts are of the first one."""
    if not result.pages:
        return {}
    return {"pages": len(result.pages), "pages_refused": sum(page.error is not None for page in result.pages)}


def review_facts(result: OmrResult) -> Facts:
    """Return how many rows a person put right, who, and what changed; nothing for a sheet that is as it was read."""
    rows = [row for row in (result.identifier, *result.answers) if row is not None and row.origin == "review"]
    if not rows:
        return {}
    return {
        "origin": "review",
        "reviewed": len(rows),
        "reviewer": ", ".join(sorted({row.review.reviewer for row in rows if row.review is not None})),
        "corrections": ", ".join(_written_correction(row) for row in rows),
    }


def _written_correction(row: AnswerMessage | IdentifierMessage) -> str:
    """Return `7 A/C? → C`, or `number 12?4 → 1234`."""
    if isinstance(row, IdentifierMessage):
        return f"number {identifier_as_read(row).raw_identifier} → {row.identifier or 'unknown'}"
    return f"{written_answers([as_read(row)])} → {'/'.join(row.detected) or '-'}"


def written_answers(answers: list[AnswerMessage]) -> str:
    """Return `1 B, 2 -, 3 A/C?`: a dash for no mark, a question mark for what a person has to look at."""
    return ", ".join(
        f"{answer.question_id} {'/'.join(answer.detected) or '-'}{'?' if _is_flagged(answer) else ''}"
        for answer in answers
    )


def quality_facts(quality: QualityMessage) -> Facts:
    """Return what makes a picture hard to read."""
    return {
        **({"blur_mm": quality.blur_mm} if quality.blur_mm is not None else {}),
        "contrast": quality.contrast,
        "clipped_share": quality.clipped_share,
        "complaints": "; ".join(quality.complaints) or "none",
    }


def _is_flagged(answer: AnswerMessage) -> bool:
    return AnswerStatus(answer.status).is_flagged
