"""How loud decoded sound is, as one level per hop."""

import math

import av
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.video.validation.facts import SOUND_HOP_S, SoundFacts
from academy_pipelines.video.validation.sound import FLOOR_DB, LEVELS_PER_DB

GATHERED_SAMPLES = 100_000
JUMP_S = 0.005
"""A frame that starts further than this from where the one before ended is placed by its own time."""
FULL_SCALE_OF_BYTES = 128.0

Energy = NDArray[np.float32]


class SoundMeter:
    """Hears audio frames in order; frames are gathered, so that arrays are long."""

    def __init__(self) -> None:
        self._waiting: list[Energy] = []
        self._samples = 0
        self._start_s: float = 0.0
        self._rate = 0
        self._measured: list[tuple[int, NDArray[np.float64], NDArray[np.int64]]] = []

    def hear(self, frame: av.AudioFrame) -> None:
        """Take the next frame."""
        start_s = self._end_s if frame.time is None else frame.time
        if self._samples and (frame.sample_rate != self._rate or abs(start_s - self._end_s) > JUMP_S):
            self._measure()
        if not self._samples:
            self._start_s, self._rate = start_s, frame.sample_rate
        self._waiting.append(_energy(frame))
        self._samples += len(self._waiting[-1])
        if self._samples >= GATHERED_SAMPLES:
            self._measure()

    def facts(self) -> SoundFacts | None:
        """Return what was heard; None for nothing."""
        self._measure()
        if not self._measured:
            return None
        first = min(start for start, _, _ in self._measured)
        hops = max(start + len(sums) for start, sums, _ in self._measured) - first
        sums, counts = np.zeros(hops), np.zeros(hops, np.int64)
        for start, some_sums, some_counts in self._measured:
            place = slice(start - first, start - first + len(some_sums))
            sums[place] += some_sums
            counts[place] += some_counts
        decibels = 10 * np.log10(np.maximum(sums / np.maximum(counts, 1), 1e-12))
        levels = np.clip(np.rint((decibels - FLOOR_DB) * LEVELS_PER_DB), 0, 255).astype(np.uint8)
        return SoundFacts(first * SOUND_HOP_S, levels.tobytes().hex())

    @property
    def _end_s(self) -> float:
        return self._start_s + self._samples / max(self._rate, 1)

    def _measure(self) -> None:
        if self._samples:
            energy = np.concatenate(self._waiting)
            first = math.floor(self._start_s / SOUND_HOP_S)
            times_s = self._start_s + np.arange(self._samples) / self._rate
            hops = (times_s / SOUND_HOP_S).astype(np.int64) - first
            sums = np.bincount(hops, energy).astype(np.float64)
            self._measured.append((first, sums, np.bincount(hops).astype(np.int64)))
            self._start_s, self._samples, self._waiting = self._end_s, 0, []


def _energy(frame: av.AudioFrame) -> Energy:
    """Return the mean square of the channels, per sample, 1 at full scale."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    values = samples.astype(np.float32)
    match samples.dtype.kind:
        case "u":
            values = values / FULL_SCALE_OF_BYTES - 1
        case "i":
            values /= 2.0 ** (8 * samples.dtype.itemsize - 1)
        case _:
            pass
    return np.mean(values * values, axis=0)
