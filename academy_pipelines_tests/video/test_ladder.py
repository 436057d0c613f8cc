"""What becomes of a video: its rungs, their shapes, and what their colours are called."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.video.commands import encode
from academy_pipelines.video.ladder import LadderPolicy, plan_ladder
from academy_pipelines.video.media import Media, VideoTrack

SIDES = st.integers(16, 4000)


def media(width_px: int, height_px: int, **facts: object) -> Media:
    """A file of 10 s with pictures of this size and no sound."""
    usual = {
        "pixel_aspect": Fraction(1),
        "rotation_deg": 0,
        "pixel_format": "yuv420p",
        "matrix": None,
        "transfer": "sdr",
        "interlaced": False,
        "frame_rate": Fraction(30),
        "frames": 300,
        "start_s": 0.0,
        "end_s": 10.0,
        "longest_gop_s": 2.0,
    }
    video = VideoTrack(0, "h264", width_px, height_px, **{**usual, **facts})  # pyright: ignore[reportArgumentType]
    return Media("mp4", 1, 1, 10.0, 10.0, 0.0, 0, video, ())


def graph(width_px: int, height_px: int, **facts: object) -> list[str]:
    """The chains of filters, from the source to the smallest rung."""
    policy = LadderPolicy()
    arguments = encode(Path("/s"), plan_ladder(media(width_px, height_px, **facts), policy), policy, None)
    return arguments[arguments.index("-filter_complex") + 1].split(";")


def sizes_px(source: Media) -> list[tuple[int, int]]:
    return [(rung.width_px, rung.height_px) for rung in plan_ladder(source, LadderPolicy()).rungs]


def test_rungs_are_chosen_by_the_short_side_that_a_person_sees():
    upright = [(240, 426), (360, 640), (720, 1280)]
    assert sizes_px(media(1080, 1920)) == upright
    assert sizes_px(media(1920, 1080, rotation_deg=90)) == upright
    assert sizes_px(media(1920, 1080)) == [(height, width) for width, height in upright]
    assert sizes_px(media(480, 360)) == [(320, 240), (480, 360)]


@given(width_px=SIDES, height_px=SIDES)
def test_rungs_are_even_and_in_shape_and_never_above_the_source(width_px: int, height_px: int):
    for wide, high in sizes_px(media(width_px, height_px)):
        assert wide % 2 == high % 2 == 0
        assert wide <= width_px
        assert high <= height_px
        lost_px = abs(wide * height_px - high * width_px) / max(width_px, height_px)
        assert lost_px <= 2


def test_colours_without_a_name_are_named_where_players_would_guess_otherwise_than_for_the_source():
    def matrices(*size_px: int, **facts: object) -> list[str | None]:
        return [rung.matrix for rung in plan_ladder(media(*size_px, **facts), LadderPolicy()).rungs]

    assert matrices(1920, 1080) == ["bt709", "bt709", None]
    assert matrices(640, 480) == [None, None]
    assert matrices(1920, 1080, matrix="smpte170m") == [None, None, None]


def test_every_rung_is_scaled_from_the_next_larger_one_and_has_square_pixels_of_television_range():
    chains = graph(1920, 1080)
    assert [chain.split("scale=")[1].split(":out")[0] for chain in chains] == ["1280:720", "640:360", "426:240"]
    assert all("setsar=1" in chain and "out_range=tv" in chain for chain in chains)
    assert all(chain.startswith(start) for chain, start in zip(chains, ("[0:0]", "[v3x]", "[v2x]"), strict=True))


@pytest.mark.parametrize(
    ("facts", "filters"),
    [
        ({"matrix": "gbr"}, "out_color_matrix=bt709:out_range=tv,setsar=1,setparams=colorspace=bt709,format=yuv420p"),
        ({"matrix": "bt2020nc", "transfer": "pq"}, "tonemap="),
        ({"interlaced": True}, "bwdif="),
    ],
    ids=["colours of RGB", "high dynamic range", "combs"],
)
def test_what_players_cannot_show_is_put_right_once_before_the_rungs_part(facts: dict[str, object], filters: str):
    first, *others = graph(1920, 1080, **facts)
    assert filters in first
    assert not any(filters in chain for chain in others)


def test_only_the_largest_rung_is_encoded_with_care():
    policy = LadderPolicy(preset="faster", small_preset="veryfast")
    arguments = encode(Path("/s"), plan_ladder(media(1920, 1080), policy), policy, None)
    presets = [arguments[place + 1] for place, one in enumerate(arguments) if one.startswith("-preset")]
    assert presets == ["veryfast", "veryfast", "faster"]
