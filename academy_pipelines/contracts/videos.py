"""Videos as the back end hands them out, and what it is told about them."""

import math
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from academy_pipelines.contracts.templates import summary
from academy_pipelines.errors import ContractError
from academy_pipelines.video.package import HlsPackage

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
    """One picture size of a package; rates in bits per second, with the sound, as the master playlist says them."""

    name: str
    width_px: int
    height_px: int
    bandwidth: int
    average_bandwidth: int
    codecs: str
    size_bytes: int


class PackageMessage(BaseModel, frozen=True):
    """What there is to say of a package wherever it lies; the back end gets it beside the paths, and it is ours."""

    duration: Annotated[int, Field(ge=1)]
    """Whole seconds, rounded up, so that the shortest clip has one. The only key that the contract asks for."""
    duration_s: float
    frame_rate: float
    size_bytes: int
    rungs: list[RungMessage]
    warnings: list[str] = []

    @classmethod
    def of(cls, package: HlsPackage) -> "PackageMessage":
        """Put a package into the form of the contract."""
        return PackageMessage(
            duration=max(1, math.ceil(package.duration_s)),
            duration_s=round(package.duration_s, 3),
            frame_rate=round(float(package.frame_rate), 3),
            size_bytes=package.size_bytes,
            rungs=[
                RungMessage(
                    name=rung.folder,
                    width_px=rung.width_px,
                    height_px=rung.height_px,
                    bandwidth=rung.bandwidth,
                    average_bandwidth=rung.average_bandwidth,
                    codecs=rung.codecs,
                    size_bytes=rung.size_bytes,
                )
                for rung in package.rungs
            ],
            warnings=list(package.warnings),
        )


class VideoCompletion(PackageMessage, frozen=True):
    """The body of the complete call. Paths are keys in the bucket that packages are published to."""

    hls_path: Annotated[str, Field(min_length=1)]
    thumbnail_path: str
    storyboard_path: str
    build: str


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
