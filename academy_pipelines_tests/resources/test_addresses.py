"""Which addresses may be visited."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy_pipelines.errors import FileUnavailableError, UnavailableError
from academy_pipelines.resources.addresses import is_public, vetted

NOWHERE: frozenset[str] = frozenset()

FORBIDDEN_V4 = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
]
FORBIDDEN_V6 = ["::/96", "::ffff:0:0/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2002::/16"]


def inside(network: str) -> st.SearchStrategy[str]:
    parsed = ipaddress.ip_network(network)
    return st.integers(0, parsed.num_addresses - 1).map(lambda offset: str(parsed[offset]))


def resolving(monkeypatch, *ips: str) -> list[str]:
    """Let every name resolve to `ips`; addresses still resolve to themselves. Returns the names asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def fake(host, port, *args, **kwargs):
        if host[0].isdigit() or ":" in host:
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return asked


@given(st.sampled_from(FORBIDDEN_V4 + FORBIDDEN_V6).flatmap(inside))
def test_no_address_of_a_special_network_is_public(ip):
    assert not is_public(ip)


@given(st.sampled_from(FORBIDDEN_V4).flatmap(inside))
def test_an_inner_address_is_not_public_inside_an_ipv6_one_either(ip):
    number = int(ipaddress.IPv4Address(ip))
    mapped, translated = f"::ffff:{ip}", ipaddress.IPv6Address((0x64FF9B << 96) | number)
    six_to_four = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))
    assert not any(is_public(str(address)) for address in (mapped, translated, six_to_four))


@pytest.mark.parametrize("ip", ["8.8.8.8", "104.18.2.35", "2606:4700::6812:223", "2001:4860:4860::8888"])
def test_an_address_of_the_internet_is_public(ip):
    assert is_public(ip)


@pytest.mark.parametrize("text", ["", "localhost", "fe80::1%eth0", "1.2.3", "256.1.1.1"])
def test_what_is_no_address_is_not_public(text):
    assert not is_public(text)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://127.1/x",
        "http://2130706433/x",
        "http://0x7f.0.0.1/x",
        "http://[::1]/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0:8000/x",
        "http://localhost:6379/",
    ],
)
def test_every_spelling_of_an_inner_address_is_refused_with_the_remedy(url):
    with pytest.raises(FileUnavailableError, match="ACADEMY_DOWNLOAD_ALLOWED_HOSTS"):
        vetted(url, NOWHERE)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/x",
        "gopher://example.org/",
        "//example.org/x",
        "example.org/x",
        "http:///x",
        "",
        "http://user:pass@example.org/x",
        "http://example.org:0/x",
        "http://example.org:99999/x",
        "http://exa\nmple.org/",
        "http://" + "a" * 70 + ".org/x",
        "http://a..org/x",
    ],
)
def test_a_url_of_another_form_is_refused(url):
    with pytest.raises(FileUnavailableError) as refusal:
        vetted(url, NOWHERE)
    assert "pass" not in str(refusal.value).replace("passwd", "")


def test_a_query_is_never_repeated():
    with pytest.raises(FileUnavailableError) as refusal:
        vetted("ftp://example.org/file?X-Amz-Signature=s3cret", NOWHERE)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("entry", ["localhost:9000", "LOCALHOST:9000"])
def test_a_named_host_may_be_anywhere(entry):
    assert vetted("http://localhost:9000/x", frozenset({entry})).ip in {"127.0.0.1", "::1"}


@pytest.mark.parametrize("entry", ["[::1]:9000", "::1:9000"])
def test_an_ipv6_host_is_named_with_or_without_brackets(entry):
    assert vetted("http://[::1]:9000/x", frozenset({entry})).ip == "::1"


@pytest.mark.parametrize("url", ["http://localhost:9001/", "http://localhost/", "http://127.0.0.1:9000/"])
def test_naming_a_host_opens_that_port_of_that_name_only(url):
    with pytest.raises(FileUnavailableError):
        vetted(url, frozenset({"localhost:9000"}))


def test_a_public_host_is_pinned_to_what_it_resolved_to(monkeypatch):
    resolving(monkeypatch, "93.184.215.14", "93.184.215.15")
    address = vetted("https://files.example/x?y", NOWHERE)
    assert (address.scheme, address.host, address.port) == ("https", "files.example", 443)
    assert address.ips == ("93.184.215.14", "93.184.215.15")


def test_one_inner_address_among_public_ones_refuses_the_host(monkeypatch):
    resolving(monkeypatch, "93.184.215.14", "10.0.0.1")
    with pytest.raises(FileUnavailableError, match=r"inner\.example"):
        vetted("https://inner.example/x", NOWHERE)


def test_a_name_that_does_not_resolve_may_do_so_later(monkeypatch):
    def fail(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(UnavailableError, match=r"files\.example"):
        vetted("https://files.example/x", NOWHERE)
