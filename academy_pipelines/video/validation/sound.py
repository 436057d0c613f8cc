"""Whether a package sounds as it should: how loud, and when, beside a reference."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from academy_pipelines.video.validation.facts import SOUND_HOP_S, SoundFacts
from academy_pipelines.video.validation.faults import Fault, FaultCode

LEVELS_PER_DB = 2
FLOOR_DB = -100.0
SILENT_DB = -60.0
AUDIBLE_DB = -50.0
"""The reference must be this loud before silence is a fault."""
LOUD_PERCENTILE = 95
MOST_SHIFT_S = 0.040
"""Lip sync: EBU R 37 allows sound 40 ms early to 60 ms late."""
SEARCHED_S = 1.0
WINDOW_S = 30.0
LEAST_WINDOW_S = 2.0
WINDOWS = 8
HEARD_RANGE_DB = 40.0
"""Below the loud parts; what is quieter is noise, which a coder changes."""
RECOGNISED_CORRELATION = 0.6
SAME_CORRELATION = 0.03
"""Peaks that differ by less are equally good: of those the lag nearest to none counts."""

Levels = NDArray[np.float64]


def join_levels(sounds: Iterable[SoundFacts | None], zero_s: float) -> Levels:
    """Return the levels of `sounds` in decibels, one per `SOUND_HOP_S` from `zero_s` on; silence between them."""
    known = [one for one in sounds if one is not None]
    placed = [(round((one.start_s - zero_s) / SOUND_HOP_S), bytes.fromhex(one.levels_hex)) for one in known]
    joined = np.full(max((start + len(levels) for start, levels in placed), default=0), FLOOR_DB)
    for start, levels in placed:
        skipped = max(0, -start)
        values = np.frombuffer(levels, np.uint8)[skipped:] / LEVELS_PER_DB + FLOOR_DB
        joined[max(0, start) : max(0, start) + len(values)] = values
    return joined


def check_sound(heard: Levels, reference: Levels, where: str) -> Iterator[Fault]:
    """Yield whether `heard` is silent, or earlier or later than `reference` by more than `MOST_SHIFT_S`."""
    if not len(reference) or np.percentile(reference, LOUD_PERCENTILE) < AUDIBLE_DB:
        return
    loud_db = float(np.percentile(heard, LOUD_PERCENTILE)) if len(heard) else FLOOR_DB
    if loud_db < SILENT_DB:
        yield Fault(FaultCode.AUDIO_SILENT, where, f"its loud parts have {loud_db:.0f} dB, the reference is audible")
        return
    lag_s = measure_lag_s(heard, reference)
    if lag_s is not None and abs(lag_s) > MOST_SHIFT_S:
        side = "late" if lag_s > 0 else "early"
        yield Fault(FaultCode.AUDIO_SHIFTED, where, f"its sound comes {abs(lag_s) * 1000:.0f} ms too {side}")


def measure_lag_s(heard: Levels, reference: Levels) -> float | None:
    """Return by how much `heard` is later than `reference`; None where they cannot be recognised in each other."""
    length = min(len(heard), len(reference))
    reach = min(round(SEARCHED_S / SOUND_HOP_S), length // 6)
    window = min(round(WINDOW_S / SOUND_HOP_S), length - 2 * reach)
    if window * SOUND_HOP_S < LEAST_WINDOW_S:
        return None
    starts = np.unique(np.linspace(reach, length - window - reach, WINDOWS).astype(int))
    lags = [
        _lag(heard[start - reach : start + window + reach], reference[start : start + window], reach)
        for start in starts
    ]
    known = [lag for lag in lags if lag is not None]
    return float(np.median(known)) * SOUND_HOP_S if known else None


def _lag(heard: Levels, part: Levels, reach: int) -> float | None:
    """Return by how many hops, up to `reach`, `part` comes later in `heard` than in its middle."""
    goal, candidates = _standard(_audible(part)[None, :]), _standard(sliding_window_view(_audible(heard), len(part)))
    correlations = (candidates @ goal[0]) / len(part)
    best = float(correlations.max())
    if best < RECOGNISED_CORRELATION:
        return None
    lags = np.arange(len(correlations)) - reach
    equal = np.flatnonzero(correlations >= best - SAME_CORRELATION)
    return _refined(correlations, _peak_of(correlations, equal[np.argmin(np.abs(lags[equal]))])) - reach


def _audible(levels: Levels) -> Levels:
    return np.maximum(levels, np.percentile(levels, LOUD_PERCENTILE) - HEARD_RANGE_DB)


def _standard(rows: Levels) -> Levels:
    centred = rows - rows.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def _peak_of(values: Levels, index: int) -> int:
    """Climb from `index` to the nearest maximum."""
    while index + 1 < len(values) and values[index + 1] > values[index]:
        index += 1
    while index > 0 and values[index - 1] > values[index]:
        index -= 1
    return index


def _refined(values: Levels, peak: int) -> float:
    """Return where the parabola through `peak` and its neighbours has its top."""
    if not 0 < peak < len(values) - 1:
        return float(peak)
    left, middle, right = values[peak - 1 : peak + 2]
    bend = left - 2 * middle + right
    return float(peak + (0.5 * (left - right) / bend if bend < 0 else 0.0))
