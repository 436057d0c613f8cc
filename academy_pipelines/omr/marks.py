"""Which bubbles of one row are marked: the rule that answers and digits share."""

from dataclasses import dataclass
from enum import StrEnum

from academy_pipelines.omr.ink import OFF_PICTURE, FillScores


class RowVerdict(StrEnum):
    """What a row of bubbles says."""

    BLANK = "blank"
    CLEAR = "clear"
    SEVERAL = "several"
    UNCERTAIN = "uncertain"
    FAINT = "faint"
    MISPLACED = "misplaced"
    UNSEEN = "unseen"
    LOST = "lost"
    """Nothing is seen, but on this picture a light mark would not be."""


@dataclass(frozen=True, slots=True)
class MarkPolicy:
    """When ink is a mark. Ink is a share of full darkness, noise factors multiply its deviation on blanks.

    The numbers were set by hand while looking at drawn and scanned sheets with known marks; they
    have not been calibrated on sheets kept apart.

    Ink below the blank ceiling is none, above the mark floor a mark, between a person looks. A
    second bubble with `rival_share` of the strongest's ink is a second mark, down to
    `doubt_share` it might be one (an erasure, a correction). A row of whose printed rings a smaller
    share than `min_rings_seen` was found is read beside its place (folded or covered paper).
    """

    blank_ceiling: float = 0.03
    blank_noise_factor: float = 3.4
    mark_floor: float = 0.09
    mark_noise_factor: float = 6.0
    min_rings_seen: float = 0.6
    rival_share: float = 0.62
    doubt_share: float = 0.42


@dataclass(frozen=True, slots=True)
class RowReading:
    """The verdict on one row, the marked bubbles by position (strongest first), and a confidence in 0..1."""

    verdict: RowVerdict
    marked: tuple[int, ...]
    confidence: float


def blank_limit(fills: FillScores, policy: MarkPolicy) -> float:
    """Return the ink below which a bubble of this sheet is blank."""
    return max(policy.blank_ceiling, policy.blank_noise_factor * fills.noise)


def mark_limit(fills: FillScores, policy: MarkPolicy) -> float:
    """Return the ink from which a bubble of this sheet is marked."""
    return max(policy.mark_floor, policy.mark_noise_factor * fills.noise, 1.2 * blank_limit(fills, policy))


def read_row(places: range, fills: FillScores, policy: MarkPolicy) -> RowReading:
    """Return what the row of the bubbles at `places` says, under the noise and ink level of its sheet."""
    row = judge_ink(fills.ink[places.start : places.stop], fills, policy)
    seen = fills.rings_seen[places.start : places.stop]
    if row.verdict in {RowVerdict.CLEAR, RowVerdict.BLANK} and sum(seen) < policy.min_rings_seen * len(seen):
        return RowReading(RowVerdict.MISPLACED, row.marked, 0.4 * row.confidence)
    if row.verdict is RowVerdict.BLANK and fills.is_lossy:
        return RowReading(RowVerdict.LOST, (), 0.5 * row.confidence)
    return row


def judge_ink(ink: tuple[float, ...], fills: FillScores, policy: MarkPolicy) -> RowReading:
    """Return what a row with `ink` says when its bubbles are where they should be."""
    if not ink or min(ink) <= OFF_PICTURE:
        return RowReading(RowVerdict.UNSEEN, (), 0.0)
    order = sorted(range(len(ink)), key=lambda position: -ink[position])
    first, second = max(ink[order[0]], 0.0), max(ink[order[1]], 0.0) if len(ink) > 1 else 0.0
    ceiling, floor = blank_limit(fills, policy), mark_limit(fills, policy)
    if first < ceiling:
        return RowReading(RowVerdict.BLANK, (), _clamp(1 - 0.5 * first / ceiling))
    if first < floor:
        return RowReading(RowVerdict.FAINT, (order[0],), 0.5 * _clamp((first - ceiling) / (floor - ceiling)))
    if second >= policy.rival_share * first and second >= ceiling:
        rivals = tuple(i for i in order if ink[i] >= policy.rival_share * first)
        return RowReading(RowVerdict.SEVERAL, rivals, _clamp(0.5 * second / first))
    if second >= policy.doubt_share * first and second >= ceiling:
        return RowReading(RowVerdict.UNCERTAIN, (order[0],), 0.5 * _clamp(1 - second / first))
    strength = _clamp((first - floor) / max(0.5 * fills.ink_level, floor))
    lead = _clamp(1 - second / (policy.doubt_share * first))
    return RowReading(RowVerdict.CLEAR, (order[0],), 0.5 + 0.25 * strength + 0.25 * lead)


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))
