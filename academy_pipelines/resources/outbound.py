"""The HTTP client for addresses that come with a job: it opens no socket that `addresses` has not judged."""

from collections.abc import Iterable
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import final

import httpcore
import httpx
from typing_extensions import override

from academy_pipelines.resources.addresses import vetted_ips

MAX_CONNECTIONS = 32
"""Sockets of one client; more callers wait for one to become free."""

MAX_TRIED_IPS = 4
"""Addresses of one host tried in turn before the host counts as down."""

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


def outbound_client(allowed_hosts: frozenset[str], timeout_s: float) -> httpx.Client:
    """Build a keep-alive client that only reaches vetted addresses; safe to share between threads.

    It follows no redirect by itself, keeps no cookies, ignores proxies of the environment (a proxy would connect
    on our behalf, unjudged) and asks for unpacked bodies. `timeout_s` counts for each wait on the socket.
    """
    return httpx.Client(
        transport=_VettedTransport(allowed_hosts),
        timeout=timeout_s,
        trust_env=False,
        cookies=no_cookies(),
        headers={"Accept-Encoding": "identity", "User-Agent": "academy-pipelines"},
    )


def no_cookies() -> CookieJar:
    """Return a jar that stays empty: what one answer sets must not travel with another caller's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@cache
def tls_context() -> SSLContext:
    """Return the shared TLS settings; loading the certificates takes tens of milliseconds.

    SSL_CERT_FILE and SSL_CERT_DIR are honoured, for private certificate authorities.
    """
    return httpx.create_ssl_context()


@final
class _VettedTransport(httpx.HTTPTransport):
    """httpx's own transport with another way to open sockets.

    httpx does not expose httpcore's `network_backend`, hence the pool of its own; a test connects through it.
    """

    def __init__(self, allowed_hosts: frozenset[str]) -> None:
        super().__init__(verify=tls_context(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls_context(),
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=5.0,
            network_backend=_VettedSockets(allowed_hosts),
        )


@final
class _VettedSockets(httpcore.NetworkBackend):
    """Opens sockets to the addresses that were judged. The pool and TLS go on using the host's name."""

    def __init__(self, allowed_hosts: frozenset[str]) -> None:
        self._allowed_hosts = allowed_hosts
        self._sockets = httpcore.SyncBackend()

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = vetted_ips(host, port, self._allowed_hosts)[:MAX_TRIED_IPS]
        for ip in others:
            try:
                return self._sockets.connect_tcp(ip, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._sockets.connect_tcp(last, port, timeout, local_address, socket_options)
