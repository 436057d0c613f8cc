"""The object store in S3, Cloudflare R2 or anything that speaks their protocol."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from typing_extensions import override

from academy_pipelines.errors import MisconfiguredError, UnavailableError
from academy_pipelines.resources.object_store import LocalObjectStore, ObjectNotFoundError, ObjectStore, checked_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

DELETE_AT_ONCE = 1000
"""Keys in one DeleteObjects call; the service's limit."""

NOT_FOUND = frozenset({"NoSuchKey", "404", "NotFound"})
NOT_ALLOWED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "403"})


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
            keys = list(self._listed(f"{self._key(prefix)}/"))
            for start in range(0, len(keys), DELETE_AT_ONCE):
                chunk = keys[start : start + DELETE_AT_ONCE]
                self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in chunk]})
        return len(keys)

    @override
    def location(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._key(key)}"

    def _key(self, key: str) -> str:
        return f"{self._prefix}{checked_key(key)}"

    def _listed(self, prefix: str) -> Iterator[str]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield from (entry["Key"] for entry in page.get("Contents", []) if "Key" in entry)

    @contextmanager
    def _mapped(self, key: str) -> Generator[None]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only where S3 is used

        where = self.location(key)
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "unknown")
            if code in NOT_FOUND:
                raise ObjectNotFoundError(f"nothing is stored under {where}") from error
            if code in NOT_ALLOWED:
                message = f"the store refuses {where}: {code}; check the bucket in STORE_URL and the R2_* keys"
                raise MisconfiguredError(message) from error
            raise UnavailableError(f"the store did not serve {where}: {code}") from error
        except BotoCoreError as error:
            raise UnavailableError(f"the store did not answer for {where}: {type(error).__name__}") from error


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
    import boto3  # noqa: PLC0415 - only where S3 is used
    from botocore.config import Config  # noqa: PLC0415

    client = boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=Config(retries={"mode": "standard", "max_attempts": 4}, request_checksum_calculation="when_required"),
    )
    return S3ObjectStore(client, parts.netloc, parts.path)
