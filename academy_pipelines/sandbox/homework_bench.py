"""What looking at some pictures of a homework video saves over decoding every one."""

import time
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from academy_pipelines.imaging import as_gray, one_thread_each
from academy_pipelines.resources.homework_sampling.measuring import HomeworkRequest, measure_homework
from academy_pipelines.video.paper_ink import PaperPolicy, paper_ink


@dataclass(frozen=True, slots=True)
class SamplingCost:
    """CPU seconds for one clip of `frames` pictures, and how many were looked at."""

    frames: int
    sampled: int
    sampled_cpu_s: float
    every_frame_looked_at: int
    every_frame_cpu_s: float

    @property
    def times_faster(self) -> float:
        """How many times less CPU the sampling takes."""
        return self.every_frame_cpu_s / self.sampled_cpu_s


def measure_sampling(clip: Path, stride: int = 10) -> SamplingCost:
    """Run both ways over `clip` in this process; decoding every picture looks at one in `stride`, made grey."""
    one_thread_each()
    started_s = time.process_time()
    activity, _ = measure_homework(HomeworkRequest(str(clip), stride))
    between_s = time.process_time()
    looked_at = _look_at_one_in(clip, stride)
    return SamplingCost(
        frames=activity.total_frames,
        sampled=len(activity.frames),
        sampled_cpu_s=between_s - started_s,
        every_frame_looked_at=looked_at,
        every_frame_cpu_s=time.process_time() - between_s,
    )


def _look_at_one_in(clip: Path, stride: int) -> int:
    long_side_px = PaperPolicy().long_side_px
    looked_at = 0
    with av.open(str(clip)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            picture = frame.to_ndarray(format="bgr24")
            if number % stride:
                continue
            gray = as_gray(cv2.cvtColor(np.asarray(picture, np.uint8), cv2.COLOR_BGR2GRAY))
            scale = long_side_px / max(gray.shape)
            paper_ink(as_gray(cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)))
            looked_at += 1
    return looked_at
