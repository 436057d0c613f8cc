"""Google Cloud Vision reads pages: `DOCUMENT_TEXT_DETECTION`, which alone states a confidence.

Timeouts and retries are given with every call: the client's own wait ten minutes, and its convenience methods for
ever.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from academy_pipelines.documents.page_text import PageText
from academy_pipelines.errors import MalformedAnswerError, MisconfiguredError, UnavailableError
from academy_pipelines.resources.http_calls import REASON_CHARS, quoted
from academy_pipelines.resources.ocr.google_annotation import page_text
from academy_pipelines.resources.ocr.google_errors import TRANSIENT_CODES, translated
from academy_pipelines.resources.ocr.google_pictures import GRPC_LIMITS, REST_LIMITS, SentPicture, requests_of

if TYPE_CHECKING:
    from google.auth.credentials import Credentials
    from google.cloud.vision import AnnotateImageResponse, ImageAnnotatorClient

    from academy_pipelines.resources.ocr.engine import PagePicture

GoogleTransport = Literal["grpc", "rest"]

RETRY_FIRST_WAIT_S = 0.25
RETRY_LONGEST_WAIT_S = 4.0
_SCOPE = "https://www.googleapis.com/auth/cloud-vision"
_PLAIN = "http://"


class GoogleVisionEngine:
    """Credentials come from the file, else from the machine (Application Default Credentials).

    `api_endpoint` is another address of the service, such as `eu-vision.googleapis.com`; one that begins with
    `http://` is asked without encryption and never gets credentials. `language_hints` are BCP-47; none lets the
    service guess. A call ends after `timeout_s`, and is repeated while the service is unavailable for `retry_for_s`.
    """

    name = "google"

    def __init__(
        self,
        credentials_path: str | None = None,
        *,
        transport: GoogleTransport = "grpc",
        api_endpoint: str | None = None,
        language_hints: Sequence[str] = ("ko", "en"),
        timeout_s: float = 60.0,
        retry_for_s: float = 20.0,
    ) -> None:
        self._credentials_path, self._transport, self._endpoint = credentials_path, transport, api_endpoint
        self._hints, self._timeout_s, self._retry_for_s = tuple(language_hints), timeout_s, retry_for_s
        self._opened: ImageAnnotatorClient | None = None

    def read(self, pictures: "Sequence[PagePicture]") -> list[PageText]:
        """Return what is written on each page; see `OcrEngine.read`."""
        limits = REST_LIMITS if self._transport == "rest" else GRPC_LIMITS
        return [page for batch in requests_of(pictures, limits) for page in self._read_batch(batch)]

    def close(self) -> None:
        """Close the connection; a further call opens a new one."""
        if self._opened is not None:
            self._opened.transport.close()
            self._opened = None

    def _read_batch(self, batch: list[SentPicture]) -> list[PageText]:
        """Read the pages of one request; those that the service had no time for are asked for once more."""
        responses = self._asked(batch)
        late = [place for place, response in enumerate(responses) if response.error.code in TRANSIENT_CODES]
        if late:
            again = self._asked([batch[place] for place in late])
            for place, response in zip(late, again, strict=True):
                responses[place] = response
        return [_page(response, sent) for response, sent in zip(responses, batch, strict=True)]

    def _asked(self, batch: list[SentPicture]) -> "list[AnnotateImageResponse]":
        from google.api_core.exceptions import ServiceUnavailable  # noqa: PLC0415 - only where Google is used
        from google.api_core.retry import Retry, if_exception_type  # noqa: PLC0415
        from google.cloud import vision

        feature = vision.Feature(type_=vision.Feature.Type.DOCUMENT_TEXT_DETECTION)
        context = vision.ImageContext(language_hints=self._hints)
        requests = [
            vision.AnnotateImageRequest(
                image=vision.Image(content=sent.jpeg), features=[feature], image_context=context
            )
            for sent in batch
        ]
        retry = Retry(
            predicate=if_exception_type(ServiceUnavailable),
            initial=RETRY_FIRST_WAIT_S,
            maximum=RETRY_LONGEST_WAIT_S,
            timeout=self._retry_for_s,
        )
        with translated():
            answer = self._client().batch_annotate_images(requests=requests, retry=retry, timeout=self._timeout_s)
            responses = list(answer.responses)
        if len(responses) != len(batch):
            raise MalformedAnswerError(f"Google Vision answered {len(responses)} pages for {len(batch)}")
        return responses

    def _client(self) -> "ImageAnnotatorClient":
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _open(self) -> "ImageAnnotatorClient":
        from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415 - only where Google is used
        from google.cloud.vision import ImageAnnotatorClient

        endpoint = self._endpoint
        options = {"api_endpoint": endpoint} if endpoint else None
        if endpoint is None or not endpoint.startswith(_PLAIN):
            credentials = _credentials(self._credentials_path)
            return ImageAnnotatorClient(credentials=credentials, transport=self._transport, client_options=options)
        if self._transport == "rest":
            return ImageAnnotatorClient(credentials=AnonymousCredentials(), transport="rest", client_options=options)
        return _plain_grpc_client(endpoint.removeprefix(_PLAIN))


def _plain_grpc_client(address: str) -> "ImageAnnotatorClient":
    import grpc  # noqa: PLC0415 - only where Google is used
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415
    from google.cloud.vision import ImageAnnotatorClient
    from google.cloud.vision_v1.services.image_annotator.transports import (  # noqa: PLC0415
        ImageAnnotatorGrpcTransport,
    )

    sizes = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    channel = grpc.insecure_channel(address, options=sizes)
    return ImageAnnotatorClient(
        transport=ImageAnnotatorGrpcTransport(channel=channel, credentials=AnonymousCredentials())
    )


def _credentials(path: str | None) -> "Credentials | None":
    """Return what the file holds; None leaves the search to Google's client."""
    from google.auth import load_credentials_from_file  # noqa: PLC0415 - only where Google is used

    if path is None:
        return None
    if not Path(path).is_file():
        message = f"GOOGLE_APPLICATION_CREDENTIALS={path} is not a file; name the JSON file of a key"
        raise MisconfiguredError(message)
    credentials, _ = load_credentials_from_file(path, scopes=[_SCOPE])
    return credentials


def _page(response: "AnnotateImageResponse", sent: SentPicture) -> PageText:
    if not response.error.code:
        return page_text(response.full_text_annotation, sent)
    reason = f"Google Vision cannot read page {sent.page.number}: {quoted(response.error.message, REASON_CHARS)!r}"
    if response.error.code in TRANSIENT_CODES:
        raise UnavailableError(reason)
    height_px, width_px = sent.page.pixels.shape
    return PageText(sent.page.number, (width_px, height_px), "google", error=f"{reason}; send the page again")
