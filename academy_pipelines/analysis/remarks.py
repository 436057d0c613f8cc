"""What a teacher should look at in a question, from its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from academy_pipelines.analysis.choices import ChoiceCount


class Remark(StrEnum):
    """Why a teacher should look at a question."""

    KEY_DOUBTFUL = "key_doubtful"
    """The upper group is right less often than the lower, or a wrong choice does what the right one should: the key
    may be wrong."""
    WEAK = "weak"
    """It hardly tells the upper group from the lower."""
    TOO_HARD = "too_hard"
    TOO_EASY = "too_easy"
    UNUSED_CHOICE = "unused_choice"
    """Nobody took one of the wrong choices."""


@dataclass(frozen=True, slots=True)
class RemarkPolicy:
    """From which figures on a question gets a remark.

    A discrimination below 0.2 is poor and ought to be improved (R. L. Ebel, "Measuring Educational Achievement",
    1965). The other bounds are ours: outside them a question of five choices has little left to tell.
    """

    weak_below: float = 0.2
    too_hard_below: float = 0.2
    too_easy_above: float = 0.95
    least_sheets: int = 10
    """With fewer complete sheets nothing is said about a question."""


REMARK_POLICY = RemarkPolicy()


def remarks(
    difficulty: float | None, discrimination: float | None, choices: Sequence[ChoiceCount], policy: RemarkPolicy
) -> tuple[Remark, ...]:
    """Return what is remarkable about a question, the most urgent first.

    A question that nearly everybody gets right cannot discriminate, so it is only called easy.
    """
    found: list[Remark] = []
    is_easy = difficulty is not None and difficulty > policy.too_easy_above
    if (discrimination is not None and discrimination < 0) or _prefers_a_distractor(choices):
        found.append(Remark.KEY_DOUBTFUL)
    elif discrimination is not None and discrimination < policy.weak_below and not is_easy:
        found.append(Remark.WEAK)
    if difficulty is not None and difficulty < policy.too_hard_below:
        found.append(Remark.TOO_HARD)
    if is_easy:
        found.append(Remark.TOO_EASY)
    elif any(choice.is_distractor and choice.count == 0 for choice in choices):
        found.append(Remark.UNUSED_CHOICE)
    return tuple(found)


def _prefers_a_distractor(choices: Sequence[ChoiceCount]) -> bool:
    """Return whether a wrong choice is more popular in the upper group than the right one, and discriminates better."""
    right = next(choice for choice in choices if choice.is_right)
    if right.upper is None or right.lower is None:
        return False
    return any(
        choice.is_distractor
        and choice.upper is not None
        and choice.lower is not None
        and choice.upper > right.upper
        and choice.upper - choice.lower > right.upper - right.lower
        for choice in choices
    )
