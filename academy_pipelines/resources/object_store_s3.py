"""The object store in S3, Cloudflare R2 or anything that speaks their protocol."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from typing_extensions import override

from academy_pipelines.errors import MisconfiguredError
from academy_pipelines.resources.object_store import LocalObjectStore, ObjectNotFoundError, ObjectStore, checked_key
from academy_pipelines.resources.s3_calls import S3Access, delete_all, listed, s3_client, translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3ObjectStore(ObjectStore):
    """A prefix of a bucket."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    @override
    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        with self._mapped(key):
            self._client.put_object(Bucket=self._bucket, Key=self._key(key), Body=data, ContentType=content_type)

    @override
    def get(self, key: str) -> bytes:
        with self._mapped(key):
            return self._client.get_object(Bucket=self._bucket, Key=self._key(key))["Body"].read()

    @override
    def exists(self, key: str) -> bool:
        try:
            with self._mapped(key):
                self._client.head_object(Bucket=self._bucket, Key=self._key(key))
        except ObjectNotFoundError:
            return False
        return True

    @override
    def delete_prefix(self, prefix: str) -> int:
        with self._mapped(prefix):
            found = listed(self._client, self._bucket, f"{self._key(prefix)}/")
            keys = [entry["Key"] for entry in found if "Key" in entry]
            delete_all(self._client, self._bucket, keys)
        return len(keys)

    @override
    def location(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._key(key)}"

    def _key(self, key: str) -> str:
        return f"{self._prefix}{checked_key(key)}"

    def _mapped(self, key: str) -> AbstractContextManager[None]:
        return translated(self.location(key), "check the bucket in STORE_URL and the R2_* keys")


def open_store(
    url: str,
    *,
    endpoint_url: str | None = None,
    region: str = "auto",
    access_key: str | None = None,
    secret_key: str | None = None,
) -> ObjectStore:
    """Return the store that `url` names: a folder, or `s3://bucket/prefix`.

    Raises:
        MisconfiguredError: the address has another scheme, or names no bucket.
    """
    parts = urlsplit(url)
    if parts.scheme in {"", "file"}:
        return LocalObjectStore(Path(parts.path))
    if parts.scheme != "s3" or not parts.netloc:
        raise MisconfiguredError(f"STORE_URL={url!r} is neither a folder nor s3://bucket/prefix")
    access = S3Access(endpoint_url, region, access_key, secret_key)
    return S3ObjectStore(s3_client(access), parts.netloc, parts.path)
