"""Results as the reader leaves them, made by hand, and corrections of them."""

from datetime import UTC, datetime

from academy_pipelines.contracts.results import (
    AnswerMessage,
    DigitMessage,
    IdentifierMessage,
    OmrDebug,
    OmrResult,
)
from academy_pipelines.review.corrections import Correction

SCAN = "a" * 64
OTHER_SCAN = "b" * 64
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def answer(number: int, status: str = "ok", detected: str = "A") -> AnswerMessage:
    marking = ("blank", "single", "multi")[min(len(detected), 2)]
    fills = {label: 0.5 if label in detected else 0.0 for label in "ABCDE"}
    return AnswerMessage(
        question_id=number,
        detected=list(detected),
        marking=marking,
        confidence=0.5,
        status=status,
        raw={"fills": fills},
    )


def identifier(raw: str = "1234", resolution: str = "read", **fields: object) -> IdentifierMessage:
    digits = [
        DigitMessage(
            digit_index=place,
            value=int(digit) if digit != "?" else None,
            status="ok" if digit != "?" else "ambiguous",
            confidence=0.9,
            marks=[{"number": 1, "fill": 0.5}],
        )
        for place, digit in enumerate(raw, start=1)
    ]
    known = "?" not in raw and resolution != "not_on_roster"
    values = {
        "identifier": raw if known else None,
        "raw_identifier": raw,
        "digits": digits,
        "confidence": 0.9,
        "status": "ok" if known else "ambiguous",
        "resolution": resolution,
    }
    return IdentifierMessage.model_validate(values | fields)


def result(*answers: AnswerMessage, number: IdentifierMessage | None = None, **fields: object) -> OmrResult:
    values = {
        "mode": "scan",
        "aligned": True,
        "identifier": number,
        "answers": list(answers),
        "meta_used": True,
        "debug": OmrDebug(),
        "scan_sha256": SCAN,
    }
    return OmrResult.model_validate(values | fields)


def correction(row: int | str, said: str, reading: str, **fields: object) -> Correction:
    values = {
        "sheet": "7",
        "row": row,
        "answer": ([said] if said else []) if row == "identifier" else list(said),
        "reading": reading,
        "scan_sha256": SCAN,
        "reviewed_at": NOON,
        "reviewer": "kim",
    }
    return Correction.model_validate(values | fields)
