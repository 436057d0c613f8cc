"""Which bubbles of one row are marked: the rule that answers and digits share."""

from dataclasses import dataclass
from enum import StrEnum

from academy_pipelines.omr.confidence import RowMeasures, confidence_of
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
    UNSURE = "unsure"
    """Read, but not surely enough."""
    LOST = "lost"
    """Nothing is seen, but on this picture a light mark would not be."""


@dataclass(frozen=True, slots=True)
class MarkPolicy:
    """When ink is a mark. Ink is a share of full darkness, noise factors multiply its deviation on blanks.

    Ink below the blank ceiling is none, above the mark floor (and `mark_level_share` of the sheet's typical mark,
    which erasures stay below) a mark, between a person looks. A
    second bubble with `rival_share` of the strongest's ink is a second mark, down to
    `doubt_share` it might be one (an erasure, a correction). A row of whose printed rings a smaller
    share than `min_rings_seen` was found is read beside its place (folded or covered paper). A mark between ceiling
    and floor counts from `faint_confidence`.
    """

    blank_ceiling: float = 0.03
    blank_noise_factor: float = 3.4
    mark_floor: float = 0.09
    mark_level_share: float = 0.16
    mark_noise_factor: float = 6.0
    min_rings_seen: float = 0.6
    rival_share: float = 0.62
    doubt_share: float = 0.42
    faint_confidence: float = 0.9


KIND_OF = {
    RowVerdict.BLANK: "blank",
    RowVerdict.CLEAR: "mark",
    RowVerdict.FAINT: "mark",
    RowVerdict.UNCERTAIN: "mark",
    RowVerdict.SEVERAL: "several",
}
"""Which model of `confidence` speaks for a verdict on ink."""
DOUBTFUL = 0.45
"""The most that is claimed for a row that may lie beside its place or have lost its marks."""


@dataclass(frozen=True, slots=True)
class RowReading:
    """The verdict on one row, the marked bubbles by position (strongest first), and its probability of being right."""

    verdict: RowVerdict
    marked: tuple[int, ...]
    confidence: float


def blank_limit(fills: FillScores, policy: MarkPolicy) -> float:
    """Return the ink below which a bubble of this sheet is blank."""
    return max(policy.blank_ceiling, policy.blank_noise_factor * fills.noise)


def mark_limit(fills: FillScores, policy: MarkPolicy) -> float:
    """Return the ink from which a bubble of this sheet is marked."""
    by_sheet = max(policy.mark_noise_factor * fills.noise, policy.mark_level_share * fills.ink_level)
    return max(policy.mark_floor, by_sheet, 1.2 * blank_limit(fills, policy))


def read_row(places: range, fills: FillScores, policy: MarkPolicy, min_confidence: float) -> RowReading:
    """Return what the row of the bubbles at `places` says, under the noise and ink level of its sheet.

    A blank or clear row whose probability of being right is below `min_confidence` is UNSURE; a faint one above it
    is CLEAR. Rows beside their rings, and blank ones on lossy pictures, stay doubtful whatever their confidence.
    """
    ink = fills.ink[places.start : places.stop]
    verdict, marked = judge_ink(ink, fills, policy)
    if verdict is RowVerdict.UNSEEN:
        return RowReading(verdict, marked, 0.0)
    seen = fills.rings_seen[places.start : places.stop]
    rings_share = sum(seen) / len(seen)
    confidence = confidence_of(measures_of(ink, fills, policy, rings_share), KIND_OF[verdict])
    is_plain = verdict is RowVerdict.CLEAR or verdict is RowVerdict.BLANK
    if is_plain and rings_share < policy.min_rings_seen:
        return RowReading(RowVerdict.MISPLACED, marked, min(confidence, DOUBTFUL))
    if verdict is RowVerdict.BLANK and fills.is_lossy:
        return RowReading(RowVerdict.LOST, (), min(confidence, DOUBTFUL))
    if is_plain and confidence < min_confidence:
        return RowReading(RowVerdict.UNSURE, marked, confidence)
    if verdict is RowVerdict.FAINT and confidence >= max(min_confidence, policy.faint_confidence):
        return RowReading(RowVerdict.CLEAR, marked, confidence)
    return RowReading(verdict, marked, confidence)


def measures_of(ink: tuple[float, ...], fills: FillScores, policy: MarkPolicy, rings_share: float) -> RowMeasures:
    """Return what the confidence of a row with `ink` depends on."""
    strongest = sorted(ink, reverse=True)
    return RowMeasures(
        first=strongest[0],
        second=strongest[1] if len(strongest) > 1 else 0.0,
        blank_limit=blank_limit(fills, policy),
        mark_limit=mark_limit(fills, policy),
        ink_level=fills.ink_level,
        noise=fills.noise,
        rings_share=rings_share,
        px_per_mm=fills.px_per_mm,
    )


def judge_ink(ink: tuple[float, ...], fills: FillScores, policy: MarkPolicy) -> tuple[RowVerdict, tuple[int, ...]]:
    """Return what a row with `ink` says when its bubbles are where they should be, and the marked ones."""
    if not ink or min(ink) <= OFF_PICTURE:
        return RowVerdict.UNSEEN, ()
    order = sorted(range(len(ink)), key=lambda position: -ink[position])
    first, second = max(ink[order[0]], 0.0), max(ink[order[1]], 0.0) if len(ink) > 1 else 0.0
    ceiling = blank_limit(fills, policy)
    if first < ceiling:
        return RowVerdict.BLANK, ()
    if first < mark_limit(fills, policy):
        return RowVerdict.FAINT, (order[0],)
    if second >= policy.rival_share * first and second >= ceiling:
        return RowVerdict.SEVERAL, tuple(i for i in order if ink[i] >= policy.rival_share * first)
    if second >= policy.doubt_share * first and second >= ceiling:
        return RowVerdict.UNCERTAIN, (order[0],)
    return RowVerdict.CLEAR, (order[0],)
