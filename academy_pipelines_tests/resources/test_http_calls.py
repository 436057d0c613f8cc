"""What all HTTP gateways share."""

import math
import traceback

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.errors import ContractError, FileUnavailableError, UnavailableError
from academy_pipelines.resources.http_calls import (
    BodyLimits,
    body_chunks,
    is_transient,
    quoted,
    translated,
    without_query,
)

HTTPX_ERRORS = sorted(
    (kind for kind in vars(httpx).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    key=lambda kind: kind.__name__,
)
FOR_GOOD = {
    "CookieConflict",
    "DecodingError",
    "InvalidURL",
    "LocalProtocolError",
    "TooManyRedirects",
    "UnsupportedProtocol",
}


def raised(kind: type[Exception], text: str) -> Exception:
    error = kind.__new__(kind)
    Exception.__init__(error, text)
    return error


@pytest.mark.parametrize("kind", HTTPX_ERRORS, ids=lambda kind: kind.__name__)
def test_every_exception_of_httpx_becomes_one_of_ours(kind):
    expected = ContractError if kind.__name__ in FOR_GOOD else UnavailableError
    with pytest.raises(expected, match=f"the neighbour.*{kind.__name__}"), translated("the neighbour"):
        raise raised(kind, "text")


def test_the_list_of_httpx_exceptions_is_not_empty():
    assert len(HTTPX_ERRORS) > 20


@pytest.mark.parametrize("kind", [httpx.LocalProtocolError, httpx.InvalidURL, httpx.UnsupportedProtocol])
def test_what_could_not_be_sent_is_not_repeated_anywhere_in_the_trace(kind):
    with pytest.raises(FileUnavailableError) as refusal, translated("it", FileUnavailableError):
        raise raised(kind, "Illegal header value b's3cret'")
    assert "s3cret" not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_these_statuses_heal_by_themselves(status):
    assert is_transient(status)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 409, 410, 422])
def test_these_statuses_do_not(status):
    assert not is_transient(status)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example/a/b.pdf?X-Amz-Signature=abc#f", "https://h.example/a/b.pdf"),
        ("http://user:pass@h.example:8080/a?b", "http://h.example:8080/a"),
        ("http://h.example\n/", "an invalid address"),
    ],
)
def test_an_address_is_shown_without_query_and_credentials(url, shown):
    assert without_query(url) == shown


@given(st.text(), st.integers(1, 100))
def test_a_quotation_is_one_line_of_limited_length(text, limit):
    line = quoted(text, limit)
    assert len(line) <= limit
    assert line.splitlines() in ([line], [])


def test_a_secret_is_masked_before_the_text_is_cut():
    assert "tok" not in quoted("x" * 76 + "token-of-worker", secrets=("token-of-worker", ""))


def streamed(body, **headers) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, headers=names, content=body, request=httpx.Request("GET", "https://h.example/f?sig=1"))


LIMITS = BodyLimits(max_bytes=100, patience_s=1.0, refusal=FileUnavailableError, remedy="send less")


def test_a_body_of_just_the_ceiling_is_taken():
    assert b"".join(body_chunks(streamed(iter([b"a" * 60, b"b" * 40])), LIMITS)) == b"a" * 60 + b"b" * 40


def test_a_body_that_outgrows_the_ceiling_is_refused_on_the_way():
    with pytest.raises(FileUnavailableError, match="larger than 100 bytes; send less"):
        list(body_chunks(streamed(iter([b"a" * 60, b"b" * 41])), LIMITS))


def test_an_announced_giant_is_refused_before_it_is_read():
    with pytest.raises(FileUnavailableError):
        list(body_chunks(streamed(iter([b"a"]), content_length="101"), LIMITS))


@pytest.mark.parametrize("packing", ["br", "zstd", "gzip, gzip"])
def test_a_packing_that_was_not_asked_for_is_refused(packing):
    with pytest.raises(FileUnavailableError, match="packed"):
        list(body_chunks(streamed(iter([b"a"]), content_encoding=packing), LIMITS))


def test_a_trickle_is_given_up_and_a_slow_start_is_not():
    seconds = iter([0.0, 1.0, 2.0, 9.0])
    chunks = body_chunks(streamed(iter([b"a", b"b", b"c"])), LIMITS, clock=lambda: next(seconds))
    assert next(chunks) == b"a"
    with pytest.raises(UnavailableError, match="too slowly"):
        next(chunks)


def test_without_haste_no_speed_is_demanded():
    limits = BodyLimits(100, math.inf, FileUnavailableError, "")
    assert list(body_chunks(streamed(iter([b"a"])), limits)) == [b"a"]
