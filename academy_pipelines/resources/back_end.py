"""How every gateway to the back end asks: one client, the worker's token, and errors that say what to do."""

from collections.abc import Mapping
from typing import final

import httpx

from academy_pipelines.contracts.json_text import read_json
from academy_pipelines.errors import ContractError, MisconfiguredError
from academy_pipelines.resources.http_calls import REASON_CHARS, quoted, refused, translated
from academy_pipelines.resources.outbound import no_cookies, tls_context

REMEDIES = {
    401: "check INTERNAL_WORKER_TOKEN",
    403: "check INTERNAL_WORKER_TOKEN",
}


@final
class BackEnd:
    """The back end over HTTP, on one keep-alive client that threads may share.

    Args:
        base_url: root of the back end, without path.
        worker_token: sent as X-Worker-Token; masked in every message.
        not_found_remedy: what to do about a 404.
        headers: sent with every call besides.
        timeout_s: longest wait for the connection, and for each part of the answer.
    """

    def __init__(
        self,
        base_url: str,
        worker_token: str,
        *,
        not_found_remedy: str,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
    ) -> None:
        if not is_header_text(worker_token):
            raise MisconfiguredError("INTERNAL_WORKER_TOKEN has characters that no HTTP header carries; set it anew")
        self.who = f"the back end at {base_url}"
        self._token = worker_token
        self._remedies = {**REMEDIES, 404: not_found_remedy}
        with translated(self.who, MisconfiguredError):
            self._client = httpx.Client(
                base_url=base_url,
                headers={"X-Worker-Token": worker_token, "Accept": "application/json", **(headers or {})},
                timeout=timeout_s,
                verify=tls_context(),
                trust_env=False,
                cookies=no_cookies(),
            )

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, also: frozenset[int] = frozenset()
    ) -> httpx.Response:
        """Return the answer of a call, whose status is a success or one of `also`.

        Raises:
            UnavailableError: it did not answer, or asked us to come back later.
            ContractError: it refused, with its reason.
        """
        headers = {} if body is None else {"Content-Type": "application/json"}
        with translated(self.who):
            response = self._client.request(method, path, content=body, headers=headers)
        status = response.status_code
        if response.is_success or status in also:
            return response
        remedy = self._remedies.get(status, "the back end's log says more")
        raise refused(f"{self.who}, {method} {path},", status, self.quoted(response, REASON_CHARS), remedy)

    def json(self, response: httpx.Response) -> object:
        """Return what an answer says.

        Raises:
            ContractError: it is no JSON.
        """
        try:
            return read_json(response.content)
        except ValueError as error:
            kind = response.headers.get("content-type", "no content type")
            raise ContractError(
                f"{self.who} answered {response.status_code} with {quoted(kind)} where JSON is due: "
                f"{self.quoted(response)!r}"
            ) from error

    def quoted(self, response: httpx.Response, limit: int = 80) -> str:
        """Return the beginning of an answer, fit for a log."""
        return quoted(response.content.decode("utf-8", "replace"), limit, secrets=(self._token,))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def is_header_text(text: str) -> bool:
    """Whether an HTTP header can carry a text."""
    return text.isascii() and text.isprintable()
