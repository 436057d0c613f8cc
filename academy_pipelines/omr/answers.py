"""Stage "decide": from ink to answers."""

from dataclasses import dataclass, field

from academy_pipelines.omr.ink import FillScores
from academy_pipelines.omr.marks import MarkPolicy, RowReading, RowVerdict, read_row
from academy_pipelines.omr.readings import Answer, AnswerStatus, Marking
from academy_pipelines.omr.template import Question, SheetTemplate

_STATUS = {
    RowVerdict.BLANK: AnswerStatus.BLANK,
    RowVerdict.CLEAR: AnswerStatus.OK,
    RowVerdict.SEVERAL: AnswerStatus.AMBIGUOUS,
    RowVerdict.UNCERTAIN: AnswerStatus.AMBIGUOUS,
    RowVerdict.FAINT: AnswerStatus.LOW_CONFIDENCE,
    RowVerdict.MISPLACED: AnswerStatus.LOW_CONFIDENCE,
    RowVerdict.UNSURE: AnswerStatus.LOW_CONFIDENCE,
    RowVerdict.LOST: AnswerStatus.LOW_CONFIDENCE,
    RowVerdict.UNSEEN: AnswerStatus.ERROR,
}


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """When a choice counts as marked, and how sure an answer must be.

    An answer is `low_confidence` when its probability of being right is below `min_confidence`, when its bubbles'
    printed rings are not where it was read, or when it is blank on a picture that loses light marks. Higher
    `min_confidence` sends more to people and lets fewer errors through; `calibration.trade_off_curve` measures it.
    """

    marks: MarkPolicy = field(default_factory=lambda: MarkPolicy(faint_doubt=5.0, blank_doubt=3.3))
    min_confidence: float = 0.9


def answer_policy(min_confidence: float | None) -> AnswerPolicy:
    """Return the policy that trusts answers from `min_confidence`, or from the default where it is None."""
    return AnswerPolicy() if min_confidence is None else AnswerPolicy(min_confidence=min_confidence)


def decide_answers(
    fills: FillScores, template: SheetTemplate, policy: AnswerPolicy = AnswerPolicy()
) -> tuple[Answer, ...]:
    """Return the answers of `template`'s questions, in its order.

    A question with several marks has them all in `detected`, in printed order, and status
    AMBIGUOUS; one whose bubbles lie off the picture has status ERROR.
    """
    answers: list[Answer] = []
    shares = fills.shares()
    start = 0
    for question in template.questions:
        end = start + len(question.bubbles)
        row = read_row(range(start, end), fills, policy.marks, policy.min_confidence)
        answers.append(_answer(question, row, shares[start:end]))
        start = end
    return tuple(answers)


def _answer(question: Question, row: RowReading, shares: list[float]) -> Answer:
    labels = [bubble.label for bubble in question.bubbles]
    several = row.verdict is RowVerdict.SEVERAL
    detected = tuple(labels[i] for i in (sorted(row.marked) if several else row.marked))
    marking = (Marking.BLANK, Marking.SINGLE, Marking.MULTI)[min(len(detected), 2)]
    by_label = tuple(zip(labels, shares, strict=True))
    return Answer(question.number, detected, marking, round(row.confidence, 3), _STATUS[row.verdict], by_label)
