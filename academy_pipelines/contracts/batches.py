"""Files and batches of an OpenAI-compatible endpoint, as much of them as we use."""

from typing import Any, Literal

from pydantic import BaseModel


class FileMessage(BaseModel, frozen=True):
    """A file that the endpoint keeps."""

    id: str


class BatchCounts(BaseModel, frozen=True):
    """How many requests a batch has, and what became of them."""

    total: int = 0
    completed: int = 0
    failed: int = 0


class BatchComplaint(BaseModel, frozen=True):
    """What is wrong with a batch, or with one request of it."""

    code: str | None = None
    message: str | None = None


class BatchComplaints(BaseModel, frozen=True):
    """Why a batch failed as a whole."""

    data: list[BatchComplaint] | None = None


class BatchMessage(BaseModel, frozen=True):
    """A batch; its files may exist or not whatever the status is, and a file without lines does not exist."""

    id: str
    status: str
    input_file_id: str
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: BatchComplaints | None = None
    request_counts: BatchCounts | None = None


class BatchAnswer(BaseModel, frozen=True):
    """The HTTP answer to one request."""

    status_code: int
    body: dict[str, Any]


class BatchResultLine(BaseModel, frozen=True):
    """A line of the output file or of the error file: an answer, or an error when none was given."""

    custom_id: str
    response: BatchAnswer | None = None
    error: BatchComplaint | None = None


class BatchMessagePart(BaseModel, frozen=True):
    """One message of a conversation."""

    role: str
    content: str


class BatchRequestBody(BaseModel, frozen=True, extra="allow"):
    """The body of one request: its conversation, beside what else it asks for."""

    messages: list[BatchMessagePart]


class BatchRequestLine(BaseModel, frozen=True):
    """A line of the input file."""

    custom_id: str
    method: Literal["POST"] = "POST"
    url: Literal["/v1/chat/completions"] = "/v1/chat/completions"
    body: BatchRequestBody
