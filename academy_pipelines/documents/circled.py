"""Characters in circles, such as ①, found by their shape: engines that know Hangul do not know them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from academy_pipelines.documents.circled_shapes import SIDE_PX, Likenesses, likenesses
from academy_pipelines.documents.page_text import PixelBox
from academy_pipelines.imaging import Gray, as_gray

if TYPE_CHECKING:
    from cv2.typing import MatLike


@dataclass(frozen=True, slots=True)
class CirclePolicy:
    """What counts as a circle with something in it; lengths are in heights of a letter."""

    faint_limits: tuple[int, ...] = (200, 225)
    """Brightness below which faint ink counts, where paper is 255."""
    sides: tuple[float, float] = (0.7, 1.55)
    most_elongation: float = 1.3
    least_roundness: float = 0.78
    """4 pi area / perimeter squared of the outline: 1 for a circle, 0.785 for a square."""
    least_hull_share: float = 0.9
    """Of the outline's convex hull that the outline fills."""
    least_hollow_share: float = 0.35
    """Of the circle that is neither its line nor what is in it."""
    inner_radius: float = 0.68
    """Of the circle, within which the character lies."""
    inner_ink: tuple[float, float] = (0.04, 0.62)
    """Of the area within that radius: less is an empty circle, more a filled one."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle with something in it; `likenesses` says how much it looks like each character."""

    box: PixelBox
    likenesses: Likenesses


def find_circles(picture: Gray, ink: Gray, letter_px: int, policy: CirclePolicy = CirclePolicy()) -> list[Circle]:
    """Return the circled characters of an even, level page whose letters are `letter_px` high, in no order.

    `ink` is 255 where `picture` has ink. Circles are also looked for in fainter ink: their lines are thinner than those
    of letters, and the first to break.
    """
    found: dict[tuple[int, int], Circle] = {}
    for mask in (ink, *(as_gray(np.less(picture, limit) * np.uint8(255)) for limit in policy.faint_limits)):
        for box in _round_boxes(mask, letter_px, policy):
            place = round((box.left + box.right) / letter_px), round((box.top + box.bottom) / letter_px)
            near = {(place[0] + across, place[1] + down) for across in (-1, 0, 1) for down in (-1, 0, 1)}
            alike = None if near & found.keys() else likenesses(inside_of(picture, box, policy))
            if alike is not None:
                found[place] = Circle(box, alike)
    return list(found.values())


def _round_boxes(ink: Gray, letter_px: int, policy: CirclePolicy) -> Iterator[PixelBox]:
    """Yield the boxes of hollow, round shapes that hold something."""
    contours, levels = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    low, high = (side * letter_px for side in policy.sides)
    for contour, level in zip(contours, levels[0] if contours else (), strict=True):
        box = PixelBox(*cv2.boundingRect(contour))
        is_outer = level[3] < 0 <= level[2]
        if not is_outer or not low <= min(box.width, box.height) <= max(box.width, box.height) <= high:
            continue
        if _is_round(contour, box, policy) and _holds_something(ink, box, policy):
            yield box


def _is_round(contour: "MatLike", box: PixelBox, policy: CirclePolicy) -> bool:
    if max(box.width, box.height) > policy.most_elongation * min(box.width, box.height):
        return False
    area, perimeter = cv2.contourArea(contour), cv2.arcLength(contour, closed=True)
    if perimeter <= 0 or 4 * math.pi * area / perimeter**2 < policy.least_roundness:
        return False
    return area >= policy.least_hull_share * cv2.contourArea(cv2.convexHull(contour))


def _holds_something(ink: Gray, box: PixelBox, policy: CirclePolicy) -> bool:
    inside = ink[box.top : box.bottom, box.left : box.right] > 0
    radius = _radius(box)
    within = inside[radius <= policy.inner_radius]
    share = float(within.mean()) if len(within) else 0.0
    hollow = 1 - float(inside[radius <= 1].mean())
    return policy.inner_ink[0] <= share <= policy.inner_ink[1] and hollow >= policy.least_hollow_share


def _radius(box: PixelBox) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """Return the distance of every pixel of a box from its middle, 1 at the middles of its sides."""
    across = (np.arange(box.width) + 0.5) / box.width * 2 - 1
    down = (np.arange(box.height) + 0.5) / box.height * 2 - 1
    return np.hypot(across[None, :], down[:, None])


def inside_of(picture: Gray, box: PixelBox, policy: CirclePolicy = CirclePolicy()) -> Gray:
    """Return what is within a circle as darkness, 255 for ink, `SIDE_PX` square, without the circle's line."""
    crop = 255 - picture[box.top : box.bottom, box.left : box.right]
    crop = np.where(_radius(box) <= policy.inner_radius + 0.06, crop, 0).astype(np.uint8)
    return as_gray(cv2.resize(crop, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA))


def blanked(picture: Gray, circles: Sequence[Circle]) -> Gray:
    """Return the page with the circles painted white."""
    copy = picture.copy()
    for circle in circles:
        margin = max(1, circle.box.height // 12)
        top, left = max(0, circle.box.top - margin), max(0, circle.box.left - margin)
        copy[top : circle.box.bottom + margin, left : circle.box.right + margin] = 255
    return copy
