"""Which addresses we visit on a stranger's word: public ones, and those that the deployment names.

A job's URL is a stranger's word. Without this check it could make us read cloud metadata or the neighbours'
databases (CWE-918, server-side request forgery). The socket is opened to the very IP that was judged, so a name
that resolves differently a moment later changes nothing.
"""

import ipaddress
import socket
from dataclasses import dataclass

import httpx

from academy_pipelines.errors import FileUnavailableError, UnavailableError
from academy_pipelines.resources.http_calls import without_query

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = {"http": 80, "https": 443}

GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
"""All that IANA has given out for the internet; leaves out mapped, translated and compatible IPv4."""

SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "2001::/23", "2002::/16", "2001:db8::/32")
)
"""Special-purpose blocks (IANA registries, RFC 6890) that `is_global` passes on some Python versions, and tunnels
(Teredo, 6to4) that carry an IPv4 address inside."""


@dataclass(frozen=True)
class VettedAddress:
    """An address that may be visited now.

    `ips` are what its host resolved to, in the resolver's order; connect to one of these and not to the name.
    """

    scheme: str
    host: str
    port: int
    ips: tuple[str, ...]

    @property
    def ip(self) -> str:
        """The first of `ips`."""
        return self.ips[0]


def vetted(url: str, allowed_hosts: frozenset[str]) -> VettedAddress:
    """Check that a URL leads where we may go.

    Args:
        url: http or https, without user name.
        allowed_hosts: "host:port" pairs that may be anywhere, e.g. {"minio:9000"}.

    Raises:
        FileUnavailableError: another scheme, credentials in the address, or a host that is not public.
        UnavailableError: the name cannot be resolved at the moment.
    """
    scheme, host, port = vetted_form(url)
    return VettedAddress(scheme, host, port, vetted_ips(host, port, allowed_hosts))


def vetted_form(url: str) -> tuple[str, str, int]:
    """Check the form of a URL without resolving its name; return scheme, host and port.

    Raises:
        FileUnavailableError: not http(s), no host, an impossible port, or credentials in the address.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise FileUnavailableError("the address is no valid URL; ask the back end for a new one") from None
    if parsed.scheme not in PORTS or not parsed.host:
        raise FileUnavailableError(f"{without_query(url)} is no http(s) address; send a presigned http(s) URL")
    if parsed.userinfo:
        raise FileUnavailableError(f"the address on {parsed.host} carries a user name; send a presigned URL instead")
    port = parsed.port if parsed.port is not None else PORTS[parsed.scheme]
    if not 0 < port <= 65535:  # noqa: PLR2004 - the range of TCP ports
        raise FileUnavailableError(f"{without_query(url)} names the impossible port {port}")
    return parsed.scheme, parsed.raw_host.decode("ascii"), port


def vetted_ips(host: str, port: int, allowed_hosts: frozenset[str]) -> tuple[str, ...]:
    """Resolve a host and return its addresses if all of them may be visited.

    Raises:
        FileUnavailableError: one of them is not public and "host:port" is not in `allowed_hosts`.
        UnavailableError: the name cannot be resolved at the moment.
    """
    ips = _resolved(host, port)
    if not _is_allowed(host, port, allowed_hosts) and not all(map(is_public, ips)):
        raise FileUnavailableError(
            f"{host}:{port} is not a public address; if files really lie there, "
            f"add {host}:{port} to ACADEMY_DOWNLOAD_ALLOWED_HOSTS"
        )
    return ips


def is_public(ip: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    address = _parsed(ip)
    if address is None or not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in GLOBAL_UNICAST_V6:
        return False
    return not any(address in network for network in SPECIAL if network.version == address.version)


def _parsed(ip: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(ip)
    except ValueError:
        return None


def _is_allowed(host: str, port: int, allowed_hosts: frozenset[str]) -> bool:
    name = host.lower().strip("[]").rstrip(".")
    return bool({f"{name}:{port}", f"[{name}]:{port}"} & {entry.lower() for entry in allowed_hosts})


def _resolved(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise UnavailableError(f"the host {host} cannot be found ({error.strerror}); is its name right?") from error
    except ValueError as error:  # UnicodeError of a label that no name server takes
        raise FileUnavailableError(f"{host[:80]} is no valid host name; ask the back end for a new address") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
