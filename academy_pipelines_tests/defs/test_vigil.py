"""The heart of a video's run: it beats, it knows when it beats for nobody, and it stops when told to."""

import time
from collections.abc import Callable

import pytest

from academy_pipelines.contracts.videos import VideoProgress
from academy_pipelines.defs.vigil import CLAIM_LOST, SILENT, STOPPED, TAKEN_OVER, Pulse, Vigil
from academy_pipelines.errors import CalledOffError, ContractError, UnavailableError
from academy_pipelines_tests.conftest import wait_until

QUICK = Pulse(lease_s=0.2, beat_s=0.02)


class Neighbours:
    """A ledger and a back end that answer as a test says."""

    def __init__(self) -> None:
        self.renewed = 0
        self.beats: list[VideoProgress] = []
        self.warnings: list[str] = []
        self.on_renew: Callable[[], bool] = lambda: True
        self.on_beat: Callable[[], bool] = lambda: True

    def renew(self) -> bool:
        self.renewed += 1
        return self.on_renew()

    def beat(self, progress: VideoProgress) -> bool:
        self.beats.append(progress)
        return self.on_beat()

    def vigil(self, pulse: Pulse = QUICK) -> Vigil:
        return Vigil(self.renew, self.beat, pulse, self.warnings.append)


def fails(error: Exception) -> Callable[[], bool]:
    def fail() -> bool:
        raise error

    return fail


@pytest.fixture
def neighbours() -> Neighbours:
    return Neighbours()


@pytest.fixture
def began(neighbours: Neighbours):
    vigils: list[Vigil] = []

    def begin(pulse: Pulse = QUICK) -> Vigil:
        vigils.append(neighbours.vigil(pulse).begin())
        return vigils[-1]

    yield begin
    for vigil in vigils:
        vigil.end()


def test_the_first_beat_is_made_before_any_work(neighbours: Neighbours, began):
    began(Pulse(lease_s=100, beat_s=100))
    assert [beat.stage for beat in neighbours.beats] == ["waiting"]


def test_it_beats_and_renews_all_the_while_and_tells_the_latest_progress(neighbours: Neighbours, began):
    vigil = began()
    vigil.progress = VideoProgress(stage="hls_package", percent=40)
    wait_until(lambda: neighbours.renewed >= 3 and neighbours.beats[-1].percent == 40, 20)
    assert not vigil.is_lost()


def test_it_is_silent_after_its_end(neighbours: Neighbours, began):
    vigil = began()
    vigil.end()
    beats = len(neighbours.beats)
    time.sleep(0.1)
    assert len(neighbours.beats) == beats
    assert vigil.lost is None


@pytest.mark.parametrize(("which", "reason"), [("on_renew", TAKEN_OVER), ("on_beat", CLAIM_LOST)])
def test_it_knows_when_the_video_is_somebody_elses_and_beats_no_more(neighbours: Neighbours, began, which, reason):
    vigil = began()
    setattr(neighbours, which, lambda: False)
    wait_until(vigil.is_lost, 20)
    assert vigil.lost == reason
    beats = len(neighbours.beats)
    time.sleep(0.1)
    assert len(neighbours.beats) == beats
    with pytest.raises(CalledOffError, match=reason):
        vigil.refuse_if_lost()


@pytest.mark.parametrize("error", [UnavailableError("503"), ContractError("400")])
def test_a_back_end_that_cannot_be_asked_changes_nothing_but_is_told(neighbours: Neighbours, began, error):
    neighbours.on_beat = fails(error)
    vigil = began()
    wait_until(lambda: len(neighbours.warnings) >= 3, 20)
    assert not vigil.is_lost()
    assert str(error) in neighbours.warnings[0]


def test_a_ledger_that_is_silent_for_a_lease_is_a_video_lost(neighbours: Neighbours, began):
    neighbours.on_renew = fails(UnavailableError("locked"))
    vigil = began()
    wait_until(vigil.is_lost, 20)
    assert vigil.lost == SILENT


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_heart_that_stops_by_mistake_is_noticed(neighbours: Neighbours, began):
    neighbours.on_renew = fails(ZeroDivisionError())
    vigil = began()
    wait_until(vigil.is_lost, 20)
    assert vigil.lost == STOPPED


def test_confirming_asks_at_this_moment(neighbours: Neighbours, began):
    vigil = began(Pulse(lease_s=100, beat_s=100))
    vigil.confirm()
    assert len(neighbours.beats) == 2
    neighbours.on_beat = lambda: False
    with pytest.raises(CalledOffError):
        vigil.confirm()
