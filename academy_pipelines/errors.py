"""What can go wrong, by who can put it right and whether time heals it.

    AcademyError(code, retryable)
    ├── UnusableInputError      the submission's fault; a person must send something else
    │   ├── UnreadableImageError    the file is not a picture we can decode
    │   ├── EmptyDocumentError      there is nothing in the document to work on
    │   ├── UnsupportedMediaError   the file is not a video that can be published
    │   ├── PageNotFoundError       no sheet was found in the picture
    │   ├── MisalignedSheetError    a sheet was found, but its marks are not where the template says
    │   ├── InvalidTemplateError    the template describes an impossible sheet
    │   ├── InvalidJobError         the job's payload lacks what its type needs
    │   ├── RefusedReviewError      a person's corrections do not fit what was read
    │   └── FileUnavailableError    the job's file is gone, expired, too large or at a forbidden address
    │       └── FileGoneError           its link has expired, or it was removed
    ├── InvalidPlaylistError    a text is no HLS playlist, or points outside its package
    ├── ContractError           the back end and we disagree about a message
    ├── MalformedAnswerError    an engine answered nonsense; worth a few attempts
    ├── EngineRefusedError      an engine will never answer this: refused, too long, no credit, model gone
    ├── FaultyPackageError      what we made of a video is not fit to be published
    ├── ToolError               an external program failed
    ├── UnavailableError        a neighbour did not answer; time heals it
    ├── CalledOffError          the work is no longer wanted, or no longer ours
    ├── LeaseHeldError          another run is working on the same thing; time heals it
    └── MisconfiguredError      an environment variable is missing or wrong

`code` is what machines match on and never changes; the message is for people and names the
offending value and the remedy.
"""

from typing import ClassVar

from typing_extensions import override


class AcademyError(Exception):
    """Root of every error this project raises on purpose."""

    code: ClassVar[str] = "academy_error"
    retryable: ClassVar[bool] = False


class UnusableInputError(AcademyError):
    """What was submitted cannot be processed, now or later."""

    code = "unusable_input"


class UnreadableImageError(UnusableInputError):
    """The bytes are not a picture that can be decoded within the limits."""

    code = "unreadable_image"


class EmptyDocumentError(UnusableInputError):
    """There is nothing in the document or the payload to work on."""

    code = "empty_document"


class UnsupportedMediaError(UnusableInputError):
    """The file is not a video that can be published.

    `reason` names the rule for machines and never changes; the sentences say the same to a person.
    """

    code = "unsupported_media"

    def __init__(self, reason: str, english: str, korean: str) -> None:
        super().__init__(reason, english, korean)
        self.reason, self.english, self.korean = reason, english, korean

    @override
    def __str__(self) -> str:
        return f"{self.reason}: {self.english} / {self.korean}"


class PageNotFoundError(UnusableInputError):
    """No sheet was found in the picture."""

    code = "page_not_found"


class MisalignedSheetError(UnusableInputError):
    """A sheet was found, but its printed marks do not lie where the template says."""

    code = "misaligned_sheet"


class InvalidTemplateError(UnusableInputError):
    """The template describes a sheet that cannot exist."""

    code = "invalid_template"


class InvalidJobError(UnusableInputError):
    """The job's type is unknown, or its payload lacks what the type needs."""

    code = "invalid_job"


class RefusedReviewError(UnusableInputError):
    """A person's corrections are malformed, or do not fit the readings that they were made for."""

    code = "review_refused"


class FileUnavailableError(UnusableInputError):
    """The job's file is gone, expired, too large or at an address we do not visit."""

    code = "file_unavailable"


class FileGoneError(FileUnavailableError):
    """The file's link has expired, or the file was removed; a fresh link may help."""


class InvalidPlaylistError(AcademyError):
    """A text is no HLS playlist, breaks its grammar, or points outside its package."""

    code = "invalid_playlist"


class ContractError(AcademyError):
    """The back end and we disagree about a message."""

    code = "contract_violation"


class MalformedAnswerError(AcademyError):
    """An engine answered nonsense."""

    code = "malformed_answer"
    retryable = True


class EngineRefusedError(AcademyError):
    """An engine will never answer this request as it is; the message says what would have to change."""

    code = "engine_refused"


class FaultyPackageError(AcademyError):
    """A package that we made breaks rules that players rely on, or does not show what its source shows."""

    code = "faulty_package"


class ToolError(AcademyError):
    """An external program failed; the message carries its argv and last lines of stderr."""

    code = "tool_failed"


class UnavailableError(AcademyError):
    """A neighbour did not answer, or asked us to come back later."""

    code = "unavailable"
    retryable = True


class CalledOffError(AcademyError):
    """The work was stopped on purpose: its claim is lost, or a person cancelled it; nobody is told of a failure."""

    code = "called_off"


class LeaseHeldError(AcademyError):
    """Another run is working on the same thing at this moment."""

    code = "lease_held"
    retryable = True


class MisconfiguredError(AcademyError):
    """An environment variable is missing or wrong; the message names it and the remedy."""

    code = "misconfigured"
