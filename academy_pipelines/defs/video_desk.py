"""Who has which video in hand: a run takes one, keeps it alive, and lays it down with what became of it."""

import logging
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import final

from academy_pipelines.contracts.videos import VideoProgress
from academy_pipelines.defs.delivery import Delivery, deliver
from academy_pipelines.defs.video_delivery import CANCELLED, to_videos
from academy_pipelines.defs.video_work import VideoTask, VideoTools, VideoWork
from academy_pipelines.defs.vigil import TAKEN_OVER, Pulse, Vigil
from academy_pipelines.errors import CalledOffError, ContractError, UnavailableError
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.records import JobRecord
from academy_pipelines.resources.ledger.tables import JobState
from academy_pipelines.resources.ledger.videos import subject_of
from academy_pipelines.resources.ledger.work import Problem
from academy_pipelines.resources.video_api import VideoApi
from academy_pipelines.video.delivery import Manifest

SHARES = {
    "source_video": (0, 5),
    "video_probe": (5, 8),
    "hls_package": (8, 78),
    "validated_hls": (78, 88),
    "video_thumbnail": (88, 89),
    "video_storyboard": (89, 91),
    "published_hls": (91, 99),
    "video_result": (99, 100),
}
"""Where each stage begins and ends in the percentage that the back end is told."""

STEPS_TOLD = 10
"""So many times a stage is told of in the run's log."""

OLD_LINK_S = 300.0
"""A link that was older when work began and does not open any more has expired; the back end gives out a new one."""


@final
class VideoInHand:
    """A video that this run holds, until it is laid down."""

    def __init__(self, desk: "VideoDesk", job: JobRecord, run_id: str, log: logging.Logger) -> None:
        self.job = job
        self._desk = desk
        self._run_id = run_id
        self._log = log
        self._stage = ""
        self._told = 0
        ledger = desk.ledger
        payload = job.whole_payload
        task = VideoTask(
            int(payload["video_id"]),
            str(payload["title"]),
            str(payload["download_url"]),
            has_old_link=ledger.videos.link_age_s(job) > OLD_LINK_S,
        )
        self.player_url = desk.player_url.format(video_id=task.video_id)
        self.vigil = Vigil(
            renew=lambda: ledger.work.renew(run_id),
            beat=self._beat,
            pulse=desk.pulse,
            warn=self._warn,
        )
        self.work = VideoWork(task, desk.folder_of(job), desk.tools, self.tell, self.vigil.is_lost)

    def enter(self, stage: str, log: logging.Logger) -> None:
        """Begin a step of a stage; what is told of a stage goes on where its last step stopped.

        Raises:
            CalledOffError: somebody else has the video.
        """
        self._log = log
        if stage != self._stage:
            self._stage, self._told = stage, 0
            self.tell(0.0)
        self.vigil.refuse_if_lost()

    def tell(self, done: float) -> None:
        """Tell how far the stage is, from 0 to 1.

        Raises:
            CalledOffError: somebody else has the video.
        """
        begin, end = SHARES[self._stage]
        percent = int(begin + (end - begin) * min(max(done, 0.0), 1.0))
        self.vigil.progress = VideoProgress(stage=self._stage, percent=percent)
        steps = int(done * STEPS_TOLD)
        if steps > self._told:
            self._told = steps
            self._log.info("%s: %d %%", self._stage, steps * 100 // STEPS_TOLD)
        self.vigil.refuse_if_lost()

    def finish(self, manifest: Manifest) -> None:
        """Commit where the package lies and tell the back end.

        Raises:
            CalledOffError: somebody else has the video.
            UnavailableError: the back end did not answer; what is committed is told later.
            ContractError: it refused what it was told.
        """
        self.vigil.confirm()
        completion = self.work.completion(manifest).model_dump(mode="json")
        self._desk.ledger.work.finish(self._run_id, {self.job.job_id: completion})
        fate = self._deliver()
        if fate is None:
            raise CalledOffError(TAKEN_OVER)
        if fate is Delivery.REFUSED:
            raise ContractError("the back end refused the result; the ledger says why")
        if fate is Delivery.POSTPONED:
            raise UnavailableError("the back end did not take the result; it is committed and delivered later")
        self.lay_down()

    def fail(self, problem: Problem) -> bool:
        """Commit a failure, and tell the back end if it is for good; returns whether somebody goes on with the video.

        A committed package stays one: then only its delivery has failed, and the sweep goes on with that.
        """
        self._desk.ledger.work.fail({self.job.job_id: problem}, self._run_id)
        state = self._desk.ledger.inbox.state_of(self.job.job_id)
        if state is JobState.FAILED:
            self._deliver()
        self.lay_down()
        return state in {JobState.CLAIMED, JobState.DONE}

    def drop(self, reason: str) -> None:
        """Stop without a word to the back end, for which the video is somebody else's or goes out again."""
        self._desk.ledger.videos.drop(self.job.job_id, reason, self._run_id)
        self.lay_down()

    def cancel(self) -> None:
        """A person has stopped the run: the video fails for good."""
        self.fail(Problem(CANCELLED, "a person terminated the run"))

    def lay_down(self) -> None:
        """Hold the video no more; its folder goes too, unless another attempt goes on in it."""
        self.vigil.end()
        self._desk.ledger.work.release(self._run_id)
        self._desk.put_away(self)

    def _beat(self, progress: VideoProgress) -> bool:
        folder = self._desk.folder_of(self.job)
        if folder.exists():
            os.utime(folder)
        return self._desk.api.beat(self.work.task.video_id, progress)

    def _warn(self, message: str) -> None:
        self._log.warning("video %d: %s", self.work.task.video_id, message)

    def _deliver(self) -> Delivery | None:
        desk = self._desk
        parcels = desk.ledger.outbox.of([self.job.job_id])
        fates = deliver(parcels, desk.ledger, to_videos(desk.api, desk.ledger), None, self._run_id)
        return fates.get(self.job.job_id)


@final
@dataclass
class VideoDesk:
    """Where a run takes its video, with every neighbour that the work on it asks.

    Work folders lie in `root`. Every heartbeat touches one; those that nothing is known of, because another academy
    on this machine made them, are removed when they were not touched for `stale_s` seconds.
    `player_url` is where a person sees a published video, from {video_id}.
    """

    ledger: Ledger
    api: VideoApi
    tools: VideoTools
    root: Path
    pulse: Pulse
    stale_s: float
    player_url: str
    _in_hand: VideoInHand | None = None

    def take(self, video_id: str, run_id: str, log: logging.Logger) -> VideoInHand | None:
        """Return the video, held by this run.

        None if there is nothing to do for it, another run holds it, or this one has given it up: steps of a run that
        are independent of a failed one are not skipped.
        """
        if self._in_hand is not None:
            return self._in_hand
        videos = self.ledger.videos
        if not videos.is_unfinished(video_id) or videos.is_given_up(video_id, run_id):
            return None
        started = self.ledger.work.start([subject_of(video_id)], run_id)
        if not started:
            return None
        self.tidy_up()
        self._in_hand = VideoInHand(self, started[0], run_id, log)
        self._in_hand.vigil.begin()
        return self._in_hand

    def folder_of(self, job: JobRecord) -> Path:
        """Return the folder for the work on one claim."""
        return self.root / job.job_id

    def put_away(self, in_hand: VideoInHand) -> None:
        """Forget a video that is laid down."""
        self._in_hand = None
        if self.ledger.inbox.state_of(in_hand.job.job_id) not in {JobState.CLAIMED, JobState.RUNNING}:
            shutil.rmtree(self.folder_of(in_hand.job), ignore_errors=True)

    def tidy_up(self) -> None:
        """Remove the folders on this machine that nobody goes on in."""
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            state = self.ledger.inbox.state_of(folder.name)
            is_old = time.time() - folder.stat().st_mtime > self.stale_s
            if state in {JobState.DELIVERED, JobState.DEAD} or (state is None and is_old):
                shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """End what still beats, because the run is over or interrupted."""
        if self._in_hand is not None:
            self._in_hand.vigil.end()
        self.tools.sources.close()
