import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy_pipelines.omr.bend import search_rings
from academy_pipelines.omr.rings import RingProof
from academy_pipelines.omr.sampling import Ellipses

RADIUS_PX = 14.0
PLACES = np.array([(60.0, 60.0), (140.0, 60.0), (60.0, 140.0), (140.0, 140.0)])
RADII_MM = np.full((4, 2), 2.5)
PX_PER_MM = RADIUS_PX / 2.5
SQUARE = RingProof(1.0, np.ones(4, np.bool_), 1.0, square=True)
ROUND = RingProof(1.0, np.ones(4, np.bool_), 1.0, square=False)
offsets = st.lists(st.tuples(st.floats(-0.9, 0.9), st.floats(-0.9, 0.9)), min_size=4, max_size=4)


def page_with(places, *, square=False):
    """Outlines at `places`, drawn eight times as fine."""
    fine = np.full((1600, 1600), 240, np.uint8)
    for x, y in places:
        middle, radius = (round(8 * x + 3.5), round(8 * y + 3.5)), round(8 * RADIUS_PX)
        if square:
            corner = (middle[0] - radius, middle[1] - radius, 2 * radius, 2 * radius)
            cv2.rectangle(fine, corner, 60, 16)
        else:
            cv2.circle(fine, middle, radius, 60, 16)
    return cv2.resize(fine, (200, 200), interpolation=cv2.INTER_AREA)


def ellipses_at(places):
    return Ellipses(np.asarray(places, np.float64), np.broadcast_to(RADIUS_PX * np.eye(2), (len(places), 2, 2)))


@settings(max_examples=25, deadline=None)
@given(offsets, st.booleans())
def test_a_ring_beside_its_place_votes_for_where_it_is(moves_mm, square):
    moves = np.array(moves_mm)
    page = page_with(PLACES + moves * PX_PER_MM, square=square)
    votes = search_rings(page, ellipses_at(PLACES), RADII_MM, 1.2, SQUARE if square else ROUND)
    assert votes.offsets_mm == pytest.approx(moves, abs=0.12 if square else 0.06)
    assert votes.weights.min() > 0.5


def test_where_no_ring_is_nothing_is_voted_for():
    votes = search_rings(page_with(PLACES[:3]), ellipses_at(PLACES), RADII_MM, 1.2, ROUND)
    assert votes.weights[:3].min() > 0.5
    assert votes.weights[3] == 0


def test_rings_half_off_the_picture_still_vote():
    places = np.array([(4.0, 100.0), (100.0, 100.0), (60.0, 20.0)])
    votes = search_rings(page_with(places), ellipses_at(np.add(places, (2.0, 0.0))), RADII_MM[:3], 1.2, ROUND)
    assert votes.offsets_mm == pytest.approx(np.tile([-2 / PX_PER_MM, 0.0], (3, 1)), abs=0.08)
