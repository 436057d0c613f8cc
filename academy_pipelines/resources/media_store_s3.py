"""The media store in S3, Cloudflare R2 or anything that speaks their protocol."""

import base64
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, final
from urllib.parse import urlsplit

from typing_extensions import override

from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.media_store import FolderMediaStore, MediaStore, refuse_difference
from academy_pipelines.resources.object_store import checked_key
from academy_pipelines.resources.s3_calls import S3Access, delete_all, listed, s3_client, translated
from academy_pipelines.video.delivery import FileStamp, ObjectHeaders

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@final
class S3MediaStore(MediaStore):
    """A prefix of a bucket.

    Every file goes up in one call with its MD5, which the service checks and returns as the ETag. A bucket whose
    ETags are no MD5, such as one encrypted with SSE-KMS, cannot prove what it holds, and every upload to it fails.
    """

    def __init__(self, client: "S3Client", bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @override
    def put_file(self, key: str, path: Path, stamp: FileStamp, headers: ObjectHeaders) -> None:
        with self._mapped(key), path.open("rb") as body:
            answer = self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(key),
                Body=body,
                ContentLength=stamp.size_bytes,
                ContentMD5=base64.b64encode(bytes.fromhex(stamp.md5)).decode(),
                ContentType=headers.content_type,
                CacheControl=headers.cache_control,
            )
        refuse_difference(self.location(key), stamp, FileStamp(stamp.size_bytes, _unquoted(answer["ETag"])))

    @override
    def get(self, key: str) -> bytes:
        with self._mapped(key):
            return self._client.get_object(Bucket=self._bucket, Key=self._key(key))["Body"].read()

    @override
    def copy(self, source: str, target: str, headers: ObjectHeaders) -> None:
        with self._mapped(source):
            self._client.copy_object(
                Bucket=self._bucket,
                Key=self._key(target),
                CopySource={"Bucket": self._bucket, "Key": self._key(source)},
                MetadataDirective="REPLACE",
                ContentType=headers.content_type,
                CacheControl=headers.cache_control,
            )

    @override
    def listing(self, folder: str) -> dict[str, FileStamp]:
        start = f"{self._key(folder)}/"
        with self._mapped(folder):
            return {
                entry["Key"].removeprefix(start): FileStamp(entry["Size"], _unquoted(entry["ETag"]))
                for entry in listed(self._client, self._bucket, start)
                if "Key" in entry and "Size" in entry and "ETag" in entry
            }

    @override
    def delete(self, folder: str, names: Iterable[str]) -> None:
        with self._mapped(folder):
            delete_all(self._client, self._bucket, [self._key(f"{folder}/{name}") for name in names])

    @override
    def location(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._key(key)}"

    def _key(self, key: str) -> str:
        return f"{self._prefix}{checked_key(key)}"

    def _mapped(self, key: str) -> AbstractContextManager[None]:
        return translated(self.location(key), "check R2_BUCKET and the R2_* keys")


def _unquoted(etag: str) -> str:
    return etag.strip('"').lower()


def open_media_store(url: str, access: S3Access, connections: int) -> MediaStore:
    """Return the store that `url` names: a folder, or `s3://bucket/prefix`.

    Args:
        url: where packages are published.
        access: used for `s3://` only.
        connections: threads that use the store at once.

    Raises:
        MisconfiguredError: the address has another scheme, or names no bucket.
    """
    parts = urlsplit(url)
    if parts.scheme in {"", "file"}:
        return FolderMediaStore(Path(parts.path))
    if parts.scheme != "s3" or not parts.netloc:
        raise MisconfiguredError(f"{url!r} is neither a folder nor s3://bucket/prefix; check R2_BUCKET and STORE_URL")
    return S3MediaStore(s3_client(access, connections), parts.netloc, parts.path)
