"""Which pictures of a homework video are looked at, what counts as ink in them, and what they add up to."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.video.contact_sheet import SheetPolicy, Tile, contact_sheet, draw_tile, on_sheet
from academy_pipelines.video.frame_plan import Pictures, SamplingPolicy, plan_samples
from academy_pipelines.video.homework import ClipFacts, frame_writing, homework_activity
from academy_pipelines.video.paper_ink import paper_ink

SHAPE = (360, 640)


def pictures(total: int, keyframe_every: int, rate: float = 30.0) -> Pictures:
    return Pictures(tuple(index / rate for index in range(total)), tuple(range(0, total, keyframe_every)))


def wanted(plan) -> list[int]:
    return [index for stretch in plan.stretches for index in stretch.wanted]


def page(words: int = 0, paper: int = 225, desk: int = 70, ink: int = 60) -> np.ndarray:
    seen = np.full(SHAPE, desk, np.uint8)
    cv2.rectangle(seen, (120, 30), (520, 330), paper, -1)
    for word in range(words):
        x, y = 150 + 60 * (word % 6), 60 + 25 * (word // 6)
        cv2.putText(seen, "abc", (x, y), cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, 1, cv2.LINE_AA)
    return seen


def test_a_short_video_is_sampled_at_every_nth_picture():
    plan = plan_samples(pictures(95, 250))
    assert (plan.sampling, wanted(plan)) == ("every_nth", list(range(0, 95, 10)))


def test_of_a_long_video_only_pictures_are_taken_that_can_be_decoded_alone():
    plan = plan_samples(pictures(9000, 60))
    assert (plan.sampling, wanted(plan)) == ("keyframes", list(range(0, 9000, 60)))
    assert all(stretch.is_keyframe_alone for stretch in plan.stretches)


def test_a_long_video_with_a_single_keyframe_is_sampled_in_between():
    plan = plan_samples(pictures(9000, 9000))
    apart = np.diff(wanted(plan))
    assert plan.sampling == "keyframes_and_between"
    assert len(plan.stretches) == 1
    assert apart.max() <= 12.5 * 30


@given(
    st.integers(0, 4000),
    st.lists(st.integers(0, 3999), max_size=30),
    st.integers(1, 500),
    st.sampled_from([0.0, 0.03, 40.0]),
)
def test_a_plan_is_in_order_within_the_video_and_no_larger_than_allowed(total, keys, stride, apart_s):
    keyframes = tuple(sorted({key for key in keys if key < total}))
    seen = Pictures(tuple(apart_s * index for index in range(total)), keyframes)
    policy = SamplingPolicy(every=stride)
    plan = plan_samples(seen, policy)
    chosen = wanted(plan)
    assert chosen == sorted(set(chosen))
    assert all(keyframes[0] <= index < total for index in chosen)
    assert bool(chosen) == bool(keyframes)
    assert len(chosen) <= 2 * policy.most_samples
    assert all(stretch.keyframe in keyframes and stretch.keyframe <= stretch.wanted[0] for stretch in plan.stretches)


def test_more_writing_gives_more_ink_and_an_empty_page_gives_none():
    shares = [paper_ink(page(words)).ink_share for words in (0, 6, 30, 60)]
    assert shares[0] == 0.0
    assert shares == sorted(set(shares))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 255))
def test_a_picture_of_one_brightness_never_shows_writing(brightness):
    seen = paper_ink(np.full(SHAPE, brightness, np.uint8))
    assert (seen.ink_share, seen.view) == (0.0, "dark" if brightness < 60 else "paper")


def test_the_desk_hands_and_light_that_falls_off_are_no_ink():
    seen = page()
    seen[:, :110] = np.random.default_rng(1).integers(20, 90, (360, 110))
    cv2.ellipse(seen, (330, 300), (70, 60), 30, 0, 360, 120, -1)
    light = np.linspace(1.0, 0.6, 640)
    assert paper_ink((seen * light).astype(np.uint8)).ink_share < 0.004


def test_a_lamp_in_the_dark_is_no_paper():
    seen = np.full(SHAPE, 20, np.uint8)
    cv2.circle(seen, (300, 100), 70, 250, -1)
    assert paper_ink(seen).view == "no_paper"


def summed_up(shown: list[np.ndarray]):
    frames = [frame_writing(index, index / 30, paper_ink(one)) for index, one in enumerate(shown)]
    return homework_activity(ClipFacts(len(shown), len(shown) / 30, "every_nth"), frames)


def test_a_page_that_fills_is_writing_and_its_growth_is_told():
    activity = summed_up([page(6 * row) for row in range(10)])
    assert (activity.status, activity.filled_ratio) == ("known", 0.9)
    assert activity.ink_growth is not None
    assert activity.ink_growth > 0.01
    assert summed_up([page(30)] * 10).ink_growth == 0.0


@pytest.mark.parametrize(
    ("brightness", "lamp", "reason"), [(0, 0, "too dark"), (20, 250, "no paper"), (None, None, "none of the pictures")]
)
def test_a_video_without_paper_is_unknown_and_says_why(brightness, lamp, reason):
    shown = [] if brightness is None else [np.full(SHAPE, brightness, np.uint8)] * 3
    for one in shown:
        one[:120, :130] = lamp
    activity = summed_up(shown)
    assert (activity.status, activity.avg_writing_score, activity.filled_ratio) == ("unknown", 0.0, 0.0)
    assert reason in (activity.reason or "")


def test_a_contact_sheet_has_the_first_and_the_last_picture_and_shows_ink_in_red():
    policy = SheetPolicy()
    assert {0, 99} <= on_sheet(100, policy)
    assert len(on_sheet(100, policy)) == policy.tiles
    assert on_sheet(3) == {0, 1, 2}
    tile = draw_tile(page(60), paper_ink(page(60)), "1.0 s")
    assert tile.picture.shape == (180, 320, 3)
    red = (tile.picture[..., 2].astype(int) - tile.picture[..., 0]) > 60
    assert red.mean() > 0.01
    tall = Tile(np.zeros((320, 180, 3), np.uint8), "x")
    assert contact_sheet([tile, tall, tile, tile, tile]).shape[0] > 2 * 320
    assert contact_sheet([]).shape[2] == 3
