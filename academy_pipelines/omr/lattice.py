"""The page by its printed bubbles alone: their grid is found among the shapes of the picture.

The commonest steps between neighbouring shapes of like size, taken for the template's own steps along
x and y, give the picture's local scale and turn. A voted start is then grown from where it fits best, so
that perspective is followed from bubble to bubble. Which of a grid's many places is right is not
decided here: see `placement`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Points
from academy_pipelines.omr.frames import MIN_CLASS, frames
from academy_pipelines.omr.geometry import Matrix, fit_homography, project, scale_at
from academy_pipelines.omr.shapes import Shapes
from academy_pipelines.omr.voting import chance, peaks_of

MAX_CLASS = 700
CLASS_WIDTH = 0.2
"""Half width of a class of sizes, as a natural logarithm."""
MAX_STARTS = 60
PEAKS = 2
VOTERS = 160
TIGHT = 0.28
"""A shape within this share of the smaller pitch is the bubble's."""
LIKE_SIZE = 0.27
"""Half width, as a natural logarithm, of the sizes of one sheet's bubbles."""
FRONTIERS = (6.0, 9.0, 13.0, 18.0, 25.0, 36.0, 60.0, 200.0, 200.0, 200.0)
"""How far from the seed, in pitches, shapes are taken in each round of growth."""
AFFINE_ROUNDS = 4
"""Until the grown part spans enough of the page, perspective would be guessed from noise."""
MIN_MATCHES = 8


@dataclass(frozen=True)
class Grid:
    """The bubbles of a template as a grid: (N, 2) places, mean diameter and pitches along x and y, in mm.

    `blocks_mm` are the pitches of its larger blocks, the commonest first: digits stand closer than choices.
    """

    places_mm: Points
    diameter_mm: float
    pitch_mm: tuple[float, float]
    blocks_mm: tuple[tuple[float, float], ...]
    near: NDArray[np.bool_]
    """(N, N): whether two bubbles are within four pitches, for growth."""

    @classmethod
    def of(cls, places_mm: Points, radii_mm: NDArray[np.float64], blocks_mm: tuple[tuple[float, float], ...]) -> Self:
        """Return the grid of bubbles at `places_mm` with `radii_mm`, both (N, 2)."""
        pitch_mm = blocks_mm[0]
        gaps = np.abs(places_mm[:, None, :] - places_mm[None, :, :]).max(axis=2)
        diameter_mm = float(2 * np.sqrt(radii_mm.prod(axis=1)).mean())
        return cls(places_mm, diameter_mm, pitch_mm, blocks_mm, gaps < 4 * min(pitch_mm))

    @property
    def reach_mm(self) -> float:
        """How far from its place a bubble may be found."""
        return TIGHT * min(self.pitch_mm)


class ShapeMap:
    """Which shape is nearest to a place, looked up in a picture of the distance transform's labels."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self._cell_px = max(1.0, float(np.median(shapes.side_px)) / 6)
        cells = np.asarray(np.rint(shapes.centers_px / self._cell_px), np.intp)
        field = np.full((int(cells[:, 1].max()) + 2, int(cells[:, 0].max()) + 2), 255, np.uint8)
        field[cells[:, 1], cells[:, 0]] = 0
        _, labels = cv2.distanceTransformWithLabels(field, cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL)
        labels = np.asarray(labels, np.intp)
        owners = np.zeros(int(labels.max()) + 1, np.intp)
        owners[labels[cells[:, 1], cells[:, 0]]] = np.arange(len(shapes))
        self._owners = owners[labels]

    def nearest(self, points: Points) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the nearest shape to each of `points` ((N, 2) px) and its distance, infinite far outside."""
        height, width = self._owners.shape
        cells = np.rint(np.clip(np.nan_to_num(points, nan=-1e6), -1e6, 1e6) / self._cell_px).astype(int)
        inside = ((cells >= 0) & (cells < (width, height))).all(axis=1)
        clipped = np.clip(cells, 0, (width - 1, height - 1))
        index = self._owners[clipped[:, 1], clipped[:, 0]]
        distance = np.hypot(*(points - self.shapes.centers_px[index]).T)
        return index, np.where(inside, distance, np.inf)


@dataclass(frozen=True)
class Placement:
    """A place for the page: which bubbles are met by a shape of the sheet's own bubble size, and that size in mm."""

    matrix: Matrix
    met: NDArray[np.bool_]
    diameter_mm: float

    @property
    def share(self) -> float:
        """The share of bubbles met, 0..1."""
        return float(self.met.mean())


def judge(matrix: Matrix, grid: Grid, shapes: ShapeMap, reach: float = TIGHT) -> Placement:
    """Return which bubbles of `grid` are met by shapes within `reach` pitches when the page lies at `matrix`."""
    index, near, scale = _matches(matrix, grid, shapes, reach * min(grid.pitch_mm))
    sizes = shapes.shapes.side_px[index] / np.maximum(scale, 1e-9)
    typical = float(np.median(sizes[near])) if near.any() else grid.diameter_mm
    alike = np.abs(np.log(np.maximum(sizes, 1e-9) / typical)) < LIKE_SIZE
    return Placement(matrix, near & alike, typical)


def grow(matrix: Matrix, grid: Grid, shapes: ShapeMap) -> Placement | None:
    """Return the place reached from the rough `matrix` by taking in bubbles outwards from where it fits best."""
    away = np.zeros(len(grid.places_mm))
    for turn, frontier in enumerate(FRONTIERS):
        found = judge(matrix, grid, shapes)
        if turn == 0:
            seed = int((grid.near @ found.met / np.maximum(grid.near.sum(axis=1), 12)).argmax())
            away = np.abs(grid.places_mm - grid.places_mm[seed]).max(axis=1) / min(grid.pitch_mm)
        used = found.met & (away < frontier)
        if used.sum() < MIN_MATCHES:
            return None
        index, _ = shapes.nearest(project(matrix, grid.places_mm[used]))
        seen_px = shapes.shapes.centers_px[index]
        matrix = (
            _affine(grid.places_mm[used], seen_px)
            if turn < AFFINE_ROUNDS
            else fit_homography(grid.places_mm[used], seen_px)
        )
        if not matrix.any() or not np.isfinite(matrix).all():
            return None
    return judge(matrix, grid, shapes)


def starts(grid: Grid, shapes: Shapes) -> list[Matrix]:
    """Return affine places (page mm to picture px) that agree with many shapes near by, likeliest first."""
    found: list[tuple[float, Matrix]] = []
    for like in _classes(shapes):
        members = shapes.only(like)
        for linear in frames(grid.blocks_mm, grid.diameter_mm, members):
            found += list(_voted(grid, members, linear))
    found.sort(key=lambda pair: -pair[0])
    return [matrix for _, matrix in found[:MAX_STARTS]]


def _classes(shapes: Shapes) -> Iterator[NDArray[np.intp]]:
    """Yield shapes of like size; of very many those around their middle, so that neighbours stay together."""
    logs = np.log(np.maximum(shapes.side_px, 1e-9))
    for size in np.arange(logs.min(), logs.max() + CLASS_WIDTH, CLASS_WIDTH):
        like = np.flatnonzero(np.abs(logs - size) < CLASS_WIDTH)
        if len(like) > MAX_CLASS:
            away = np.abs(shapes.centers_px[like] - np.median(shapes.centers_px[like], axis=0)).max(axis=1)
            like = like[np.argsort(away)[:MAX_CLASS]]
        if len(like) >= MIN_CLASS:
            yield like


def _voted(grid: Grid, members: Shapes, linear: NDArray[np.float64]) -> Iterator[tuple[float, Matrix]]:
    voters = grid.places_mm[np.linspace(0, len(grid.places_mm) - 1, min(VOTERS, len(grid.places_mm))).astype(int)]
    bin_px = 1.6 * grid.reach_mm * float(np.sqrt(abs(np.linalg.det(linear))))
    by_chance = chance(members, bin_px)
    for votes, shift in peaks_of(members.centers_px, voters @ linear.T, bin_px, PEAKS):
        matrix = np.eye(3)
        matrix[:2, :2], matrix[:2, 2] = linear, shift
        yield votes / len(voters) - by_chance, matrix


def _affine(places_mm: Points, seen_px: Points) -> Matrix:
    system = np.concatenate([places_mm, np.ones((len(places_mm), 1))], axis=1)
    solved = np.linalg.lstsq(system, seen_px, rcond=None)[0]
    return np.vstack([solved.T, [0.0, 0.0, 1.0]])


def _matches(
    matrix: Matrix, grid: Grid, shapes: ShapeMap, reach_mm: float
) -> tuple[NDArray[np.intp], NDArray[np.bool_], NDArray[np.float64]]:
    scale = scale_at(matrix, grid.places_mm)
    index, distance = shapes.nearest(project(matrix, grid.places_mm))
    return index, distance < reach_mm * scale, scale
