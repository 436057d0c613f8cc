"""Three levels of difficulty: what each may do to a sheet, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["easy", "medium", "hard"]
LEVELS: tuple[Level, ...] = ("easy", "medium", "hard")


@dataclass(frozen=True, slots=True)
class Style:
    """What a level may do. Ranges are drawn from evenly; single numbers are the largest value of an effect.

    `kinds` are shares of ways to answer a question: a kind of mark, "blank", "multi" (two marks), "erased" and
    "corrected" (another choice was rubbed out, or covered with fluid), or one of these two with "_blank" (and nothing
    marked instead). `hand` is how firmly the sheet's writer presses, 1 for the darkest; `palest` the strength
    of the faintest light pencil. `wear` are the shares of sheets with each effect of `wear`.
    """

    kinds: Mapping[str, float]
    hand: float
    palest: float
    light_digits: float
    """Share of the identifier's digits in light pencil."""
    wear: Mapping[str, float]
    scan_share: float
    bilevel_share: float
    """Of the scans: black and white at the scan's full resolution."""
    fax_share: float
    """Of the scans: black and white at a fax's."""
    cut_share: float
    """Of the photos: one registration mark lies outside the picture."""
    curl_mm: float
    perspective: float
    skew_deg: float
    falloff: float
    shadow: float
    blur_px: tuple[float, float]
    motion_px: float
    noise: tuple[float, float]
    quality: tuple[int, int]
    exposure: tuple[float, float]
    long_sides_px: tuple[int, ...]


STYLES: Mapping[Level, Style] = {
    "easy": Style(
        kinds={
            "full": 0.74, "overflow": 0.06, "pencil_light": 0.03, "coloured": 0.02, "scribble": 0.03, "erased": 0.03,
            "blank": 0.07, "multi": 0.02,
        },
        hand=0.7,
        palest=1.0,
        light_digits=0.0,
        wear={"texture": 0.25, "ink_bleed": 0.1},
        scan_share=0.4,
        bilevel_share=0.05,
        fax_share=0.0,
        cut_share=0.0,
        curl_mm=0.0,
        perspective=0.015,
        skew_deg=2,
        falloff=0.15,
        shadow=0.0,
        blur_px=(0.3, 0.9),
        motion_px=0.0,
        noise=(1, 3.5),
        quality=(53, 92),
        exposure=(230, 254),
        long_sides_px=(1654, 2000, 2480, 3508),
    ),
    "medium": Style(
        kinds={
            "full": 0.42, "coloured": 0.05, "overflow": 0.09, "pencil_light": 0.07, "partial": 0.06, "tick": 0.025,
            "cross": 0.035, "scribble": 0.06, "erased": 0.07, "corrected": 0.02, "blank": 0.07, "multi": 0.05,
        },
        hand=0.65,
        palest=0.6,
        light_digits=0.04,
        wear={
            "texture": 0.2, "ink_bleed": 0.1, "low_ink": 0.08, "show_through": 0.1, "fold": 0.03,
            "dirty_rollers": 0.1, "bad_copy": 0.05,
        },
        scan_share=0.4,
        bilevel_share=0.1,
        fax_share=0.0,
        cut_share=0.0,
        curl_mm=1.3,
        perspective=0.045,
        skew_deg=7,
        falloff=0.4,
        shadow=0.35,
        blur_px=(0.4, 1.2),
        motion_px=4.5,
        noise=(2, 7),
        quality=(44, 80),
        exposure=(190, 254),
        long_sides_px=(1600, 1800, 2000, 2480, 3000),
    ),
    "hard": Style(
        kinds={
            "full": 0.26, "coloured": 0.06, "overflow": 0.09, "pencil_light": 0.15, "partial": 0.09, "tick": 0.08,
            "cross": 0.06, "scribble": 0.07, "erased": 0.045, "erased_blank": 0.015, "corrected": 0.02,
            "corrected_blank": 0.005, "blank": 0.055, "multi": 0.05,
        },
        hand=0.55,
        palest=0.42,
        light_digits=0.15,
        wear={
            "texture": 0.2, "ink_bleed": 0.2, "low_ink": 0.15, "show_through": 0.2, "fold": 0.1,
            "dirty_rollers": 0.2, "bad_copy": 0.1, "grain": 0.5, "glare": 0.2,
        },
        scan_share=0.33,
        bilevel_share=0.2,
        fax_share=0.3,
        cut_share=0.06,
        curl_mm=3.5,
        perspective=0.1,
        skew_deg=16,
        falloff=0.58,
        shadow=0.6,
        blur_px=(0.5, 2.1),
        motion_px=8,
        noise=(3, 16),
        quality=(28, 70),
        exposure=(120, 265),
        long_sides_px=(1200, 1400, 1800, 2000, 2400),
    ),
}  # fmt: skip
