"""How loud a lecture is, and by how much it is raised or lowered (EBU R 128; levels as streaming services use them)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NEAR_ENOUGH_LU = 1.0
"""Nobody hears less."""
SILENCE_LUFS = -60.0
"""Below, there is no speech: raising it would raise noise."""
MOST_RAISED_DB = 24.0
LIMITER_ABOVE_DBFS = -1.5

_INTEGRATED = re.compile(r"\bI:\s+(-?[\d.]+|-?inf|nan) LUFS")
_PEAK = re.compile(r"\bPeak:\s+(-?[\d.]+|-?inf|nan) dBFS")


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness, and the highest sample."""

    integrated_lufs: float
    peak_dbfs: float


def read_loudness(lines: Iterable[str]) -> Loudness | None:
    """Return what the summary of ffmpeg's ebur128 filter says; None when there is none."""
    text = "\n".join(lines)
    integrated, peak = _INTEGRATED.findall(text), _PEAK.findall(text)
    return Loudness(float(integrated[-1]), float(peak[-1])) if integrated and peak else None


def gain_db(loudness: Loudness, target_lufs: float) -> float:
    """Return by how much the sound is raised; 0 when it is near enough, or silent."""
    gain = target_lufs - loudness.integrated_lufs
    if not loudness.integrated_lufs > SILENCE_LUFS or abs(gain) <= NEAR_ENOUGH_LU:
        return 0.0
    return min(gain, MOST_RAISED_DB)


def needs_limiter(loudness: Loudness, target_lufs: float) -> bool:
    """Whether the loudest samples would come too near to full scale once they are raised."""
    gain = gain_db(loudness, target_lufs)
    return gain > 0 and loudness.peak_dbfs + gain > LIMITER_ABOVE_DBFS
