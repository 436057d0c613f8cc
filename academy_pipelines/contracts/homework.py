"""Jobs about homework videos: what they ask for, and the result that the back end takes."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from academy_pipelines.contracts.jobs import Message
from academy_pipelines.contracts.templates import summary
from academy_pipelines.errors import InvalidJobError
from academy_pipelines.video.homework import FrameWriting, HomeworkActivity

USUAL_STRIDE, USUAL_LEAST_FRAMES = 10, 30


def _or(usual: int) -> BeforeValidator:
    """Zero counts as missing."""

    def chosen(value: object) -> object:
        return usual if value in (0, "", "0") else value

    return BeforeValidator(chosen)


class HomeworkPayload(Message, frozen=True):
    """What a `homework_video_analysis` job asks for: one picture in `frame_stride` at most is looked at.

    A video of fewer than `min_frame_count` pictures is `too_short`.
    """

    download_url: Annotated[str, Field(min_length=1, repr=False)]
    frame_stride: Annotated[int, _or(USUAL_STRIDE), Field(ge=1, le=100_000)] = USUAL_STRIDE
    min_frame_count: Annotated[int, _or(USUAL_LEAST_FRAMES), Field(ge=1, le=10_000_000)] = USUAL_LEAST_FRAMES

    def without_secrets(self) -> Self:
        """Return the same without the query of its link, which opens a door."""
        return self.model_copy(update={"download_url": self.download_url.partition("?")[0]})


def parse_homework_payload(payload: dict[str, Any]) -> HomeworkPayload:
    """Check the payload of a `homework_video_analysis` job.

    Raises:
        InvalidJobError: `download_url` is missing, or a number is negative or none.
    """
    try:
        return HomeworkPayload.model_validate(payload)
    except ValidationError as error:
        raise InvalidJobError(f"the job's payload is invalid: {summary(error)}") from error


class FrameMessage(BaseModel, frozen=True):
    """One sampled picture; the times and shares are ours, `view` ("paper", "no_paper", "dark") is what it shows."""

    index: int
    writing_score: float
    has_writing: bool
    time_s: float
    view: str
    paper_share: float
    ink_share: float

    @classmethod
    def of(cls, frame: FrameWriting) -> Self:
        """Return a picture's facts in the wire's form."""
        return cls(
            index=frame.index,
            writing_score=round(frame.writing_score, 4),
            has_writing=frame.has_writing,
            time_s=round(frame.time_s, 3),
            view=frame.view,
            paper_share=round(frame.paper_share, 4),
            ink_share=round(frame.ink_share, 5),
        )


class HomeworkResult(BaseModel, frozen=True):
    """The result of a `homework_video_analysis` job; from `status` on, the keys are ours.

    Scores are 0..1. Of a long video only pictures are sampled that can be decoded alone, so that there may be fewer
    than one in `frame_stride`: `sampling` says so. `status` is "unknown" when no picture shows paper, for `reason`.
    `ink_growth` is how much more of the paper is under ink at the end than at the start, null where that is not known.
    """

    total_frames: int
    sampled_frames: int
    avg_writing_score: float
    filled_ratio: float
    frames: list[FrameMessage]
    too_short: bool
    status: str
    reason: str | None
    sampling: str
    duration_s: float
    ink_growth: float | None
    notes: list[str]
    artifacts: dict[str, str] = {}
    """Where the contact sheet lies in the artefact store."""

    @classmethod
    def of(cls, activity: HomeworkActivity) -> Self:
        """Return the result of one video."""
        return cls(
            total_frames=activity.total_frames,
            sampled_frames=len(activity.frames),
            avg_writing_score=round(activity.avg_writing_score, 4),
            filled_ratio=round(activity.filled_ratio, 4),
            frames=[FrameMessage.of(frame) for frame in activity.frames],
            too_short=activity.too_short,
            status=activity.status,
            reason=activity.reason,
            sampling=activity.sampling,
            duration_s=round(activity.duration_s, 3),
            ink_growth=None if activity.ink_growth is None else round(activity.ink_growth, 5),
            notes=list(activity.notes),
        )
