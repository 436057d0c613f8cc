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
    """Hardly any ink: blank, or marked in light pencil or with a thin stroke."""
    MISPLACED = "misplaced"
    UNSEEN = "unseen"
    UNSURE = "unsure"
    """Read, but not surely enough."""
    LOST = "lost"
    """Hardly anything is seen, but of a light mark hardly anything would be, on this picture."""


@dataclass(frozen=True, slots=True)
class MarkPolicy:
    """When ink is a mark. Ink is a share of full darkness, noise factors multiply its deviation on blanks.

    Ink above the mark floor (and `mark_level_share` of the sheet's typical mark, which erasures stay below) is a mark;
    below, it may be one. Below the blank ceiling strokes tell more than ink: a row of which one stands out by
    `stroke_deviations` is never trusted to be blank. A
    second bubble with `rival_share` of the strongest's ink is a second mark, down to `doubt_share` it might be one (an
    erasure, a correction). A row of whose printed rings a smaller share than `min_rings_seen` was found is read beside
    its place (folded or covered paper). The doubt about a faint row that is taken for marked is `faint_doubt` times
    what the model of confidence has, that about one taken for blank `blank_doubt` times: hard captures hold faint rows
    of kinds that the model tells from others too late.
    """

    blank_ceiling: float = 0.03
    blank_noise_factor: float = 3.4
    stroke_deviations: float = 4.0
    mark_floor: float = 0.09
    mark_level_share: float = 0.16
    mark_noise_factor: float = 6.0
    min_rings_seen: float = 0.6
    rival_share: float = 0.62
    doubt_share: float = 0.42
    faint_doubt: float = 1.0
    blank_doubt: float = 1.0


LOSSY_DOUBT = 0.5
"""Of the share from which a second mark is possible: a threshold that left it took no erasure for ink."""
MIN_NOISE = 0.004
"""Deviation taken for the cleanest sheet, where strokes were not measured and ink has to speak for them."""
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

    A faint row is taken for blank or for marked, whichever is likelier. A row that is blank or has one mark is trusted
    from `min_confidence` of being right. Rows beside their rings, and blank ones on lossy pictures, stay doubtful
    whatever their confidence.
    """
    verdict, marked = judge_row(places, fills, policy)
    if verdict is RowVerdict.UNSEEN:
        return RowReading(verdict, marked, 0.0)
    measures = measures_of(places, fills, policy)
    confidence = confidence_of(measures, "several" if verdict is RowVerdict.SEVERAL else "mark")
    if verdict is RowVerdict.SEVERAL or verdict is RowVerdict.UNCERTAIN:
        return RowReading(verdict, marked, confidence)
    if verdict is RowVerdict.FAINT and fills.is_lossy:
        seen = marked if measures.first >= measures.blank_limit else ()
        return RowReading(RowVerdict.LOST, seen, min(confidence, DOUBTFUL))
    if verdict is RowVerdict.FAINT:
        marked, confidence = _faint(marked, confidence, measures, policy)
    if measures.rings_share < policy.min_rings_seen:
        return RowReading(RowVerdict.MISPLACED, marked, min(confidence, DOUBTFUL))
    if confidence < min_confidence:
        return RowReading(RowVerdict.UNSURE, marked, confidence)
    return RowReading(RowVerdict.CLEAR if marked else RowVerdict.BLANK, marked, confidence)


def _faint(
    marked: tuple[int, ...], confidence: float, measures: RowMeasures, policy: MarkPolicy
) -> tuple[tuple[int, ...], float]:
    """Return what a faint row is taken for, the likelier of marked and blank, and how sure that is."""
    blank = confidence_of(measures, "blank")
    if blank <= confidence:
        return marked, max(0.0, 1 - policy.faint_doubt * (1 - confidence))
    sure = max(0.0, 1 - policy.blank_doubt * (1 - blank))
    return (), sure if measures.stroke < policy.stroke_deviations else min(sure, DOUBTFUL)


def measures_of(places: range, fills: FillScores, policy: MarkPolicy) -> RowMeasures:
    """Return what the confidence of the row of the bubbles at `places` depends on."""
    row = slice(places.start, places.stop)
    ink, beside, seen = fills.ink[row], fills.beside[row], fills.rings_seen[row]
    order = sorted(range(len(ink)), key=lambda position: -ink[position])
    outstanding = sorted(fills.strokes[row] or (value / max(fills.noise, MIN_NOISE) for value in ink), reverse=True)
    return RowMeasures(
        first=ink[order[0]],
        second=ink[order[1]] if len(order) > 1 else 0.0,
        stroke=outstanding[0],
        second_stroke=outstanding[1] if len(outstanding) > 1 else 0.0,
        beside=beside[order[0]] if beside else 0.0,
        blank_limit=blank_limit(fills, policy),
        mark_limit=mark_limit(fills, policy),
        ink_level=fills.ink_level,
        noise=fills.noise,
        rings_share=sum(seen) / len(seen),
        px_per_mm=fills.px_per_mm,
    )


def judge_row(places: range, fills: FillScores, policy: MarkPolicy) -> tuple[RowVerdict, tuple[int, ...]]:
    """Return what a row says when its bubbles are where they should be, and the marked ones by position.

    Of a faint row, the bubble that is marked if any is.
    """
    ink = fills.ink[places.start : places.stop]
    if not ink or min(ink) <= OFF_PICTURE:
        return RowVerdict.UNSEEN, ()
    order = sorted(range(len(ink)), key=lambda position: -ink[position])
    first, second = max(ink[order[0]], 0.0), max(ink[order[1]], 0.0) if len(ink) > 1 else 0.0
    ceiling = blank_limit(fills, policy)
    if first < mark_limit(fills, policy):
        strokes = fills.strokes[places.start : places.stop]
        return RowVerdict.FAINT, (strokes.index(max(strokes)) if strokes and first < ceiling else order[0],)
    if second >= policy.rival_share * first and second >= ceiling:
        return RowVerdict.SEVERAL, tuple(i for i in order if ink[i] >= policy.rival_share * first)
    doubt_share = policy.doubt_share * (LOSSY_DOUBT if fills.is_lossy else 1.0)
    if second >= doubt_share * first and second >= ceiling:
        return RowVerdict.UNCERTAIN, (order[0],)
    return RowVerdict.CLEAR, (order[0],)
