"""Brightness of a picture at chosen places around every bubble, without warping the page."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, Points

Samples = NDArray[np.float32]
"""(N, K) float32 brightness 0..255; NaN outside the picture."""


@dataclass(frozen=True)
class Ellipses:
    """N ellipses in a picture.

    An outline is `center + axes @ (cos t, sin t)`: `centers_px` are (x, y), (N, 2), and `axes_px` the matrices that
    take the unit circle to the ellipses, (N, 2, 2).
    """

    centers_px: Points
    axes_px: NDArray[np.float64]


def sample_around(page: Gray, ellipses: Ellipses, unit_points: NDArray[np.float64]) -> Samples:
    """Return the bilinear brightness at `unit_points` ((K, 2), in radii) around every ellipse, (N, K).

    N and K are below 32768, which is what cv2.remap takes.
    """
    axes = ellipses.axes_px.astype(np.float32)
    unit = np.ascontiguousarray(unit_points.T, np.float32)
    x, y = axes[:, 0] @ unit, axes[:, 1] @ unit
    if not x.size:
        return x
    x += ellipses.centers_px[:, :1].astype(np.float32)
    y += ellipses.centers_px[:, 1:].astype(np.float32)
    picked = cv2.remap(page, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0,))
    samples = picked.astype(np.float32)
    if min(x.min(), y.min()) < 0 or x.max() > page.shape[1] - 1 or y.max() > page.shape[0] - 1:
        samples[(x < 0) | (y < 0) | (x > page.shape[1] - 1) | (y > page.shape[0] - 1)] = np.nan
    return samples


def percentile(values: NDArray[np.floating[Any]], percent: float) -> float:
    """Return what `np.percentile` does of a few values, without its overhead."""
    ordered = np.sort(values, axis=None)
    place = percent / 100 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


def row_percentile(samples: Samples, percent: float, min_seen: float = 0.0) -> NDArray[np.float64]:
    """Return the percentile of every row, (N,), leaving out what is off the picture.

    It is NaN for rows of which no more than the share `min_seen` is on the picture.
    """
    seen = np.isfinite(samples)
    if seen.all():
        rank = round(percent / 100 * (samples.shape[1] - 1))
        return np.partition(samples, rank, axis=1)[:, rank].astype(np.float64)
    levels = np.full(len(samples), np.nan)
    for row in np.flatnonzero(seen.mean(axis=1) > min_seen):
        levels[row] = np.percentile(samples[row][seen[row]], percent)
    return levels


def disc_points(radius: float, steps: int) -> NDArray[np.float64]:
    """Return a regular grid of (K, 2) points within `radius`, `steps` along the diameter."""
    line = (np.arange(steps) + 0.5) / steps * 2 - 1
    x, y = np.meshgrid(line * radius, line * radius)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    return points[np.hypot(points[:, 0], points[:, 1]) <= radius]


def circle_points(radii: NDArray[np.float64], angles: int, *, square: bool = False) -> NDArray[np.float64]:
    """Return (len(radii) * angles, 2) points on circles (or square outlines), radius by radius."""
    turn = (np.arange(angles) + 0.5) / angles * 2 * np.pi
    unit = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    if square:
        unit = unit / np.abs(unit).max(axis=1, keepdims=True)
    return (radii[:, None, None] * unit[None]).reshape(-1, 2)
