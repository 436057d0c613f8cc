"""The heart of a video's run: a thread that keeps lease and claim alive, and knows when one of them is lost.

It beats as long as the run has the video in hand, also while the run waits for a place or between two attempts.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from academy_pipelines.contracts.videos import VideoProgress
from academy_pipelines.errors import AcademyError, CalledOffError

RENEWALS_PER_LEASE = 4
"""So that three renewals in a row may fail before another run takes over."""

TAKEN_OVER = "another run has taken the video over"
CLAIM_LOST = "the back end has given the video to another worker, or has none such any more"
SILENT = "the ledger has not answered for as long as a lease lasts"
STOPPED = "its heart has stopped, because of a mistake of ours"


@dataclass(frozen=True, slots=True)
class Pulse:
    """How often: the lease lasts `lease_s` seconds, the back end hears of us every `beat_s`."""

    lease_s: float
    beat_s: float


class Vigil:
    """Keeps a lease in the ledger and a claim at the back end.

    Args:
        renew: renews the lease; False when it is not ours any more.
        beat: tells the back end; False when the claim is not ours any more.
        pulse: how often.
        warn: is told when one of them cannot be asked; both are asked again.
    """

    def __init__(
        self,
        renew: Callable[[], bool],
        beat: Callable[[VideoProgress], bool],
        pulse: Pulse,
        warn: Callable[[str], None],
    ) -> None:
        self._renew = renew
        self._beat = beat
        self._pulse = pulse
        self._warn = warn
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="vigil", daemon=True)
        self._renewed_at = self._beaten_at = time.monotonic()
        self.progress = VideoProgress(stage="waiting", percent=0)
        self.lost: str | None = None

    def begin(self) -> Self:
        """Beat once, at this moment, and from now on."""
        self._look_after_claim()
        self._thread.start()
        return self

    def end(self) -> None:
        """Beat no more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def confirm(self) -> None:
        """Beat at this moment.

        Raises:
            CalledOffError: somebody else has the video.
        """
        self._look_after_claim()
        self.refuse_if_lost()

    def is_lost(self) -> bool:
        """Whether somebody else has the video."""
        return self.lost is not None

    def refuse_if_lost(self) -> None:
        """Raise CalledOffError when somebody else has the video."""
        if self.lost is not None:
            raise CalledOffError(self.lost)

    def _watch(self) -> None:
        pause_s = min(self._pulse.lease_s / RENEWALS_PER_LEASE, self._pulse.beat_s)
        try:
            while not self._over.wait(pause_s) and self.lost is None:
                self._look_after_lease()
                if self.lost is None and time.monotonic() - self._beaten_at >= self._pulse.beat_s:
                    self._look_after_claim()
        finally:
            if not self._over.is_set():
                self.lost = self.lost or STOPPED

    def _look_after_lease(self) -> None:
        try:
            if not self._renew():
                self.lost = TAKEN_OVER
            self._renewed_at = time.monotonic()
        except AcademyError as error:
            self._warn(f"the lease could not be renewed: {error}")
            if time.monotonic() - self._renewed_at > self._pulse.lease_s:
                self.lost = SILENT

    def _look_after_claim(self) -> None:
        self._beaten_at = time.monotonic()
        try:
            if not self._beat(self.progress):
                self.lost = CLAIM_LOST
        except AcademyError as error:
            self._warn(f"the back end did not take the heartbeat: {error}")
