"""How well labelled sheets were read: sums and shares, confusion, and how far confidences can be believed. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from academy_pipelines.omr.accuracy import QuestionScore, SheetScore, Verdict
from academy_pipelines.omr.calibration import (
    ReliabilityBin,
    TradeOff,
    brier_score,
    expected_calibration_error,
    reliability_curve,
    trade_off_curve,
)
from academy_pipelines.omr.readings import AnswerStatus

BLANK = "blank"
MULTI = "multi"
OTHER_MULTI = "other multi"
FLAGGED = "flagged"

THRESHOLDS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
"""Least confidences whose flags and silent errors are told."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over sheets; every share is in 0..1, and 0 of nothing.

    `best_guesses_right` of `singles` (questions with one mark) and of `singles_accepted` (those on sheets that were
    not refused). `doubtful` questions are in no other sum.
    """

    sheets: int
    refused: int
    clean_sheets: int
    """Sheets without a silent error in their answers."""
    questions: int
    correct: int
    flagged: int
    silent: int
    singles: int
    singles_accepted: int
    best_guesses_right: int
    doubtful: int
    doubtful_silent: int
    identifiers: int
    identifiers_right: int
    identifiers_silent: int

    @property
    def correct_share(self) -> float:
        """Of the counted questions."""
        return _share(self.correct, self.questions)

    @property
    def flagged_share(self) -> float:
        """Of the counted questions."""
        return _share(self.flagged, self.questions)

    @property
    def silent_share(self) -> float:
        """Of the counted questions."""
        return _share(self.silent, self.questions)

    @property
    def best_guess_share(self) -> float:
        """Of the questions with one mark; a refused sheet has none right."""
        return _share(self.best_guesses_right, self.singles)

    @property
    def best_guess_accepted_share(self) -> float:
        """Of the questions with one mark on sheets that were not refused."""
        return _share(self.best_guesses_right, self.singles_accepted)

    @property
    def identifier_right_share(self) -> float:
        """Of the labelled identifiers."""
        return _share(self.identifiers_right, self.identifiers)

    @property
    def identifier_silent_share(self) -> float:
        """Accepted and wrong, of the labelled identifiers."""
        return _share(self.identifiers_silent, self.identifiers)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far the confidences of answers on accepted sheets can be believed."""

    answers: int
    curve: tuple[ReliabilityBin, ...]
    brier: float
    ece: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts by what is marked and what was accepted; labels first, then blank and multi, `FLAGGED` only in `read`."""

    marked: tuple[str, ...]
    read: tuple[str, ...]
    counts: Mapping[tuple[str, str], int]

    def count(self, marked: str, read: str) -> int:
        """Return how many questions marked `marked` were accepted as `read`."""
        return self.counts.get((marked, read), 0)


def tally(sheets: Sequence[SheetScore]) -> Tally:
    """Return the sums over `sheets`."""
    counted = [question for sheet in sheets for question in sheet.counted]
    doubtful = [question for sheet in sheets for question in sheet.questions if question.is_doubtful]
    identifiers = [sheet.identifier for sheet in sheets if sheet.identifier]
    verdicts = Counter(question.verdict for question in counted)
    of_identifiers = Counter(identifier.verdict for identifier in identifiers)
    return Tally(
        sheets=len(sheets),
        refused=sum(bool(sheet.refusal) for sheet in sheets),
        clean_sheets=sum(not sheet.having(Verdict.SILENT) for sheet in sheets),
        questions=len(counted),
        correct=verdicts[Verdict.CORRECT],
        flagged=verdicts[Verdict.FLAGGED],
        silent=verdicts[Verdict.SILENT],
        singles=sum(len(question.marked) == 1 for question in counted),
        singles_accepted=sum(len(q.marked) == 1 for sheet in sheets if not sheet.refusal for q in sheet.counted),
        best_guesses_right=sum(question.is_best_guess_right for question in counted),
        doubtful=len(doubtful),
        doubtful_silent=sum(question.verdict is Verdict.SILENT for question in doubtful),
        identifiers=len(identifiers),
        identifiers_right=of_identifiers[Verdict.CORRECT],
        identifiers_silent=of_identifiers[Verdict.SILENT],
    )


def confusion(sheets: Iterable[SheetScore]) -> Confusion:
    """Return what is marked against what was accepted, over the counted questions."""
    counts = Counter(
        (_in_a_word(q.marked), FLAGGED if q.verdict is Verdict.FLAGGED else _read_in_a_word(q))
        for sheet in sheets
        for q in sheet.counted
    )
    kinds = (BLANK, MULTI, OTHER_MULTI, FLAGGED)
    labels = sorted({word for pair in counts for word in pair} - set(kinds))
    order = (*labels, *kinds)
    marked = {word for word, _ in counts} | set(labels)
    read = {word for _, word in counts} | set(labels)
    return Confusion(tuple(w for w in order if w in marked), tuple(w for w in order if w in read), dict(counts))


def reliability(sheets: Iterable[SheetScore], bins: int = 10) -> Reliability:
    """Return how often answers are read as marked beside their confidence, over counted questions that were read."""
    read = [q for sheet in sheets if not sheet.refusal for q in sheet.counted if q.status is not AnswerStatus.ERROR]
    stated, right = [q.confidence for q in read], [q.is_read_as_marked for q in read]
    curve = reliability_curve(stated, right, bins)
    return Reliability(
        len(read), curve, brier_score(stated, right) if read else 0.0, expected_calibration_error(stated, right, bins)
    )


def trade_off(sheets: Iterable[SheetScore], thresholds: Sequence[float] = THRESHOLDS) -> tuple[TradeOff, ...]:
    """Return flags and silent errors among counted questions, had answers needed each of `thresholds` to be trusted.

    Exact from 0.5 upwards: what is flagged for another reason than its confidence stays so, and refused sheets too.
    """
    counted = [question for sheet in sheets for question in sheet.counted]
    return trade_off_curve([_trust(q) for q in counted], [q.is_read_as_marked for q in counted], thresholds)


def _trust(question: QuestionScore) -> float:
    """Return the confidence above which a question is flagged: 0 always, 1 never."""
    if question.status in {AnswerStatus.OK, AnswerStatus.BLANK, AnswerStatus.LOW_CONFIDENCE}:
        return question.confidence
    return 1.0 if question.verdict is Verdict.CORRECT else 0.0


def _read_in_a_word(question: QuestionScore) -> str:
    word = _in_a_word(question.detected)
    return OTHER_MULTI if word == MULTI and len(question.marked) > 1 and not question.is_read_as_marked else word


def _in_a_word(labels: tuple[str, ...]) -> str:
    return MULTI if len(labels) > 1 else next(iter(labels), BLANK)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
