"""What the back end is told of a video: where its package lies, or in a sentence why there is none."""

import re

from pydantic import ValidationError

from academy_pipelines.contracts.videos import VideoCompletion, VideoFailure
from academy_pipelines.defs.delivery import Post
from academy_pipelines.errors import (
    AcademyError,
    ContractError,
    FaultyPackageError,
    MisconfiguredError,
    ToolError,
    UnsupportedMediaError,
)
from academy_pipelines.resources.ledger.book import Ledger
from academy_pipelines.resources.ledger.outbox import Parcel
from academy_pipelines.resources.ledger.videos import video_id_of
from academy_pipelines.resources.ledger.work import Problem
from academy_pipelines.resources.video_api import VideoApi

CANCELLED = "cancelled"
REFUSED = "refused_"
"""Codes of refusals begin so; what follows is the reason's own name."""

SENTENCES: dict[str, tuple[str, str]] = {
    CANCELLED: (
        "관리자가 영상 처리를 중단했습니다.",
        "An operator stopped the processing of this video.",
    ),
    "file_unavailable": (
        "원본 파일을 내려받을 수 없습니다. 링크가 만료되었거나, 파일이 삭제되었거나 너무 큽니다. 다시 올려 주세요.",
        "The source file cannot be fetched: its link has expired, or it was removed or is too large. Send it again.",
    ),
    "unavailable": (
        "여러 번 시도했지만 원본 파일이나 저장소에 연결할 수 없었습니다. 잠시 후 다시 시도해 주세요.",
        "The source file or the store could not be reached, although it was tried several times. Try again later.",
    ),
}
"""For the person who sent the video, in Korean and English, by the code of an error whose own words are for us."""

OUR_FAULT = (
    "영상을 처리하는 중에 내부 오류가 발생했습니다. 관리자에게 문의해 주세요.",
    "An internal error occurred while the video was processed. Please tell the administrators.",
)

_ADDRESS = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]*://\S+")


def problem_of(error: AcademyError) -> Problem:
    """Return what the ledger keeps of an error.

    A refusal keeps the sentences for the person who sent the file. A program that failed, made a package that breaks
    rules, or is not installed, may do better in another attempt: on another machine, or with more memory to itself.
    """
    if isinstance(error, UnsupportedMediaError):
        return Problem(f"{REFUSED}{error.reason}", f"{error.korean} / {error.english}")
    retryable = error.retryable or isinstance(error, ToolError | FaultyPackageError | MisconfiguredError)
    return Problem(error.code, without_addresses(str(error)), retryable)


def failure_of(parcel: Parcel) -> VideoFailure:
    """Return the fail call's body of a failed job. What is our own fault keeps its details to us."""
    code = parcel.error_code or "unknown"
    if code.startswith(REFUSED) and parcel.error:
        return VideoFailure(reason=without_addresses(parcel.error), code=code.removeprefix(REFUSED))
    korean, english = SENTENCES.get(code, OUR_FAULT)
    return VideoFailure(reason=f"{korean} / {english}", code=code)


def without_addresses(text: str) -> str:
    """Return a text without addresses: a presigned one would open a door."""
    return _ADDRESS.sub("(…)", text)


def to_videos(video_api: VideoApi, ledger: Ledger) -> Post:
    """Return how the outcome of a video is posted; what it replaces in the store is marked once it is accepted."""

    def post(parcel: Parcel) -> None:
        video_id = video_id_of(parcel.submission)
        if parcel.result is None:
            video_api.fail(video_id, failure_of(parcel))
            ledger.packages.settled(video_id, None)
            return
        try:
            completion = VideoCompletion.model_validate(parcel.result)
        except ValidationError as error:
            raise ContractError(f"what the ledger keeps of video {video_id} is no completion: {error}") from error
        video_api.complete(video_id, completion)
        ledger.packages.settled(video_id, completion.build)

    return post
