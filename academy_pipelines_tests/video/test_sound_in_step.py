"""The lag between two sounds is found from how loud they are."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from academy_pipelines.video.validation.facts import SOUND_HOP_S, SoundFacts
from academy_pipelines.video.validation.faults import FaultCode
from academy_pipelines.video.validation.sound import FLOOR_DB, check_sound, join_levels, measure_lag_s


def speech(seed: int, seconds: float) -> np.ndarray:
    """Levels that rise and fall as syllables and pauses do, in decibels."""
    random = np.random.default_rng(seed)
    hops = round(seconds / SOUND_HOP_S)
    syllables = np.repeat(random.uniform(-50, -10, hops // 15 + 1), 15)[:hops]
    return np.convolve(syllables + random.normal(0, 1, hops), np.ones(5) / 5, mode="same")


@settings(max_examples=30, deadline=None)
@example(23, 4.0, 32, 0.0)
@given(st.integers(0, 10**6), st.floats(4, 90), st.integers(-60, 60), st.floats(-20, 20))
def test_a_lag_is_found_to_a_hundredth_whatever_the_gain(seed: int, seconds: float, hops: int, gain_db: float):
    levels = speech(seed, seconds + 2)
    reference, heard = levels[100:-100], levels[100 - hops : len(levels) - 100 - hops] + gain_db
    assert measure_lag_s(heard, reference) == pytest.approx(hops * SOUND_HOP_S, abs=0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_unrelated_sounds_have_no_lag(seed: int):
    assert measure_lag_s(speech(seed, 20), speech(seed + 1, 20)) is None


def test_a_steady_tone_may_be_anywhere():
    tone = np.full(1000, -20.0)
    assert measure_lag_s(tone, tone) is None


def test_a_clip_that_is_too_short_is_not_judged():
    assert list(check_sound(speech(1, 0.7), speech(2, 0.7), "audio")) == []


def test_silence_is_a_fault_only_beside_sound():
    silence, sound = np.full(500, FLOOR_DB), speech(3, 5)
    assert [fault.code for fault in check_sound(silence, sound, "audio")] == [FaultCode.AUDIO_SILENT]
    assert list(check_sound(silence, silence, "audio")) == []


def test_stretches_are_joined_at_their_times():
    joined = join_levels([SoundFacts(1.02, "c8c8"), SoundFacts(0.98, "a0a0a0a0")], zero_s=1.0)
    assert joined.tolist() == [-20.0, -20.0, 0.0, 0.0]
    assert join_levels([], zero_s=0.0).tolist() == []
