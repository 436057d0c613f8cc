"""Ink on the paper that a picture shows: the desk, hands and shadows around it do not count."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from academy_pipelines.imaging import Gray, as_gray

View = Literal["paper", "no_paper", "dark"]
"""What a picture shows: paper, nothing that could be paper, or nearly nothing at all."""


@dataclass(frozen=True, slots=True)
class PaperPolicy:
    """What counts as paper and as ink on it; lengths hold for a picture whose long side is `long_side_px`."""

    long_side_px: int = 640
    stroke_px: int = 13
    """Dark shapes narrower than this in one direction may be ink; wider ones are hands, pens or the desk."""
    darkest_paper: int = 60
    """Brightness (0..255) below which nothing is taken for paper."""
    like_paper: float = 0.6
    """Of the brightest surface's brightness: what is as bright belongs to it, unless two surfaces stand apart."""
    apart: float = 0.75
    """Mean brightness of the darker surface over that of the brighter one, where two stand apart."""
    least_paper_share: float = 0.08
    """Of the picture; a smaller bright patch is a lamp or a reflection."""
    ink_ratio: float = 0.84
    """Brightness of ink over that of the paper around it, at most."""
    speck_px: int = 5
    edge_px: int = 7
    """Along the paper's edge that is not looked at."""


@dataclass(frozen=True, slots=True)
class PaperInk:
    """What one picture shows; both masks are 255 inside. `ink_share` is the share (0..1) of the paper under ink."""

    view: View
    paper: Gray
    ink: Gray

    @property
    def paper_share(self) -> float:
        """The share (0..1) of the picture that is paper."""
        return cv2.countNonZero(self.paper) / self.paper.size

    @property
    def ink_share(self) -> float:
        """The share (0..1) of the paper under ink, 0 where no paper is seen."""
        return cv2.countNonZero(self.ink) / max(1, cv2.countNonZero(self.paper))


def paper_ink(picture: Gray, policy: PaperPolicy = PaperPolicy()) -> PaperInk:
    """Return the paper in `picture` and the ink on it, whoever wrote or printed it.

    Paper is the largest bright surface. Ink is darker than the paper right around it, so that light that falls off and
    soft shadows are none.
    """
    nothing = np.zeros_like(picture)
    surface = as_gray(cv2.morphologyEx(picture, cv2.MORPH_CLOSE, _ellipse(policy.stroke_px)))
    brightest = float(np.percentile(surface, 95))
    if brightest < policy.darkest_paper:
        return PaperInk("dark", nothing, nothing)
    paper = _largest(_bright(surface, brightest, policy))
    if cv2.countNonZero(paper) < policy.least_paper_share * paper.size:
        return PaperInk("no_paper", nothing, nothing)
    inner = as_gray(cv2.erode(paper, _ellipse(2 * policy.edge_px + 1)))
    around = cv2.GaussianBlur(surface, (0, 0), policy.stroke_px / 2)
    ink = np.less(picture, policy.ink_ratio * np.maximum(around, 1)) * np.uint8(255)
    return PaperInk("paper", inner, _without_specks(as_gray(cv2.bitwise_and(as_gray(ink), inner)), policy.speck_px))


def _bright(surface: Gray, brightest: float, policy: PaperPolicy) -> Gray:
    limit, _ = cv2.threshold(surface, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    is_bright = np.greater(surface, limit)
    darker, brighter = surface[~is_bright], surface[is_bright]
    stand_apart = darker.size and brighter.size and float(darker.mean()) < policy.apart * float(brighter.mean())
    if not stand_apart:
        is_bright = np.greater(surface, policy.like_paper * brightest)
    return as_gray(is_bright * np.uint8(255))


def _largest(mask: Gray) -> Gray:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    if len(stats) < 2:  # noqa: PLR2004 - the first is what lies around
        return np.zeros_like(mask)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return as_gray(np.equal(labels, largest) * np.uint8(255))


def _without_specks(ink: Gray, speck_px: int) -> Gray:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    is_kept = np.asarray(stats[:, cv2.CC_STAT_AREA] >= speck_px, np.bool_)
    is_kept[0] = False
    return as_gray(is_kept[np.asarray(labels, np.intp)] * np.uint8(255))


def _ellipse(side_px: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side_px, side_px)), np.uint8)
