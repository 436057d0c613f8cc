"""What can be chosen about a sandbox academy."""

from dataclasses import dataclass
from pathlib import Path

from academy_pipelines.sandbox.files import DEFAULT_URL_TTL_S
from academy_pipelines.sandbox.jobs import DEFAULT_LEASE_S

DEFAULT_TOKEN = "sandbox-token"  # noqa: S105 - a published default that protects only sample data
DEFAULT_VIDEO_PREFIX = "/api/v1/internal/video-worker"


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Rules and neighbours of one academy.

    `lease_s`: a claim not answered (a video whose heart does not beat) for so long is handed out again.
    `url_ttl_s`: how long a file's address works. `artefacts`: a folder with the pictures that results
    name by `artifacts.overlay_key`. `dagster_url`: where the person's page links to.
    """

    token: str = DEFAULT_TOKEN
    lease_s: float = DEFAULT_LEASE_S
    url_ttl_s: float = DEFAULT_URL_TTL_S
    video_prefix: str = DEFAULT_VIDEO_PREFIX
    artefacts: Path | None = None
    dagster_url: str | None = None
