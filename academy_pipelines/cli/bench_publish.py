"""`academy bench publish`: a package of many small files to a store that is far away."""

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from academy_pipelines.resources.s3_calls import S3Access
    from academy_pipelines.video.delivery import Manifest

BUCKET = "videos"
AIM = 10
MILLISECONDS = 1000


@click.command()
@click.option("--files", default=500, show_default=True, help="Segments of the package.")
@click.option("--file-kib", default=100, show_default=True, help="Size of each in KiB.")
@click.option("--latency-ms", default=60.0, show_default=True, help="How long the store takes to answer.")
@click.option("--places", default=8, show_default=True, help="UPLOAD_MAX_CONCURRENCY.")
def publish(files: int, file_kib: int, latency_ms: float, places: int) -> None:
    """Publish a package of small files in parallel, beside one upload after the other, as the old worker did."""
    from rich.console import Console
    from rich.table import Table

    from academy_pipelines.resources.s3_calls import S3Access
    from academy_pipelines.sandbox.slow_store import slow_store

    console = Console(width=None if sys.stdout.isatty() else 130)
    with (
        tempfile.TemporaryDirectory(prefix="academy-bench-") as name,
        slow_store(latency_ms / MILLISECONDS) as endpoint,
        console.status("publishing in parallel, then one after the other"),
    ):
        package = _package(Path(name), files, file_kib)
        access = S3Access(endpoint, "auto", "key", "secret")
        ours_s = _in_parallel(package, access, places)
        old_s = _one_after_the_other(package, access)
    table = Table("", "one after the other", "ours", "ratio", title=f"{files} files, {latency_ms:g} ms away")
    ratio = f"{old_s / ours_s:.1f} x (aim: at least {AIM} x)"
    table.add_row("seconds to publish, proofs included in ours", f"{old_s:.1f}", f"{ours_s:.1f}", ratio)
    console.print(table)


def _package(folder: Path, files: int, file_kib: int) -> Path:
    (folder / "v1").mkdir()
    for number in range(files):
        (folder / f"v1/segment_{number:05d}.m4s").write_bytes(number.to_bytes(4, "big") * (file_kib * 256))
    (folder / "v1/index.m3u8").write_text("#EXTM3U")
    (folder / "master.m3u8").write_text("#EXTM3U")
    return folder


def _in_parallel(package: Path, access: "S3Access", places: int) -> float:
    from academy_pipelines.resources.media_store_s3 import open_media_store
    from academy_pipelines.resources.publisher import Publisher, connections_for

    publisher = Publisher(open_media_store(f"s3://{BUCKET}", access, connections_for(places)), "ours", places)
    started_s = time.perf_counter()
    manifest: Manifest = publisher.manifest_of(package, "build", {})
    publisher.publish(1, manifest, package)
    return time.perf_counter() - started_s


def _one_after_the_other(package: Path, access: "S3Access") -> float:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
    )
    started_s = time.perf_counter()
    for path in sorted(path for path in package.rglob("*") if path.is_file()):
        client.upload_file(str(path), BUCKET, f"old/{path.relative_to(package).as_posix()}")
    return time.perf_counter() - started_s
