"""Videos as the back end hands them out, and what it is told about them."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from academy_pipelines.contracts.templates import summary
from academy_pipelines.errors import ContractError

LARGEST_ID = 2**63 - 1


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


Text = Annotated[str, BeforeValidator(_text)]
"""What is no text counts as missing: a claim is ours as soon as it names a video."""


class VideoClaim(BaseModel, frozen=True):
    """One claimed video. Without `source_url` it is answered as failed."""

    video_id: Annotated[int, Field(ge=0, le=LARGEST_ID)]
    source_url: Text = ""
    title: Text = ""


class VideoProgress(BaseModel, frozen=True):
    """What a heartbeat tells beyond being alive: both keys are ours."""

    stage: str
    """`waiting`, or what the run is doing."""
    percent: Annotated[int, Field(ge=0, le=100)]


class RungMessage(BaseModel, frozen=True):
    """One picture size of a package."""

    name: str
    width_px: int
    height_px: int
    fps: float
    bandwidth_bps: int
    average_bandwidth_bps: int
    codecs: str
    size_bytes: int


class VideoCompletion(BaseModel, frozen=True):
    """The body of the complete call; keys other than `hls_path` and `duration` are ours.

    Paths are keys in the bucket that the packages are published to.
    """

    hls_path: Annotated[str, Field(min_length=1)]
    duration: Annotated[int, Field(ge=1)]
    """Whole seconds, rounded up, so that the shortest clip has one."""
    build: str
    size_bytes: int
    rungs: list[RungMessage]
    thumbnail_path: str | None = None
    storyboard_path: str | None = None
    warnings: list[str] = []


class VideoFailure(BaseModel, frozen=True):
    """The body of the fail call; `code` is ours, and what machines match on."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    code: str


def parse_video_claim(body: object) -> VideoClaim:
    """Check the answer of the claim call.

    Raises:
        ContractError: it names no video.
    """
    try:
        return VideoClaim.model_validate(body)
    except ValidationError as error:
        raise ContractError(f"the back end handed out a video we cannot understand: {summary(error)}") from error
