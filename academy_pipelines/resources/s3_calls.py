"""What every gateway to S3, Cloudflare R2 or their like does alike: the client, its errors in our words, listings."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from academy_pipelines.errors import MisconfiguredError, UnavailableError
from academy_pipelines.resources.object_store import ObjectNotFoundError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectTypeDef

DELETE_AT_ONCE = 1000
"""Keys in one DeleteObjects call; the service's limit."""

NOT_FOUND = frozenset({"NoSuchKey", "404", "NotFound"})
NOT_ALLOWED = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "403"})

ATTEMPTS = 4
"""Of one call; the client waits longer before each."""


@dataclass(frozen=True)
class S3Access:
    """Where the service is and who asks; without keys, boto3 looks for credentials itself."""

    endpoint_url: str | None = None
    region: str = "auto"
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)


def s3_client(access: S3Access, connections: int = 10) -> "S3Client":
    """Return a client that up to `connections` threads use at once without waiting for each other.

    boto3 adds a CRC32 to every upload unless told otherwise, over HTTPS as a trailer after the body, which R2 answers
    with 501 or "Unauthorized": checksums are sent only where the protocol demands one.
    """
    import boto3  # noqa: PLC0415 - only where S3 is used
    from botocore.config import Config  # noqa: PLC0415

    return boto3.client(
        "s3",
        endpoint_url=access.endpoint_url,
        region_name=access.region,
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
        config=Config(
            retries={"mode": "standard", "max_attempts": ATTEMPTS},
            max_pool_connections=connections,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@contextmanager
def translated(where: str, remedy: str) -> Generator[None]:
    """Turn every exception of boto3 into one of ours; `remedy` says which settings to look at.

    Raises:
        ObjectNotFoundError: nothing is stored there.
        MisconfiguredError: the bucket or the keys are wrong.
        UnavailableError: the store did not answer, or could not serve.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only where S3 is used

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code in NOT_FOUND:
            raise ObjectNotFoundError(f"nothing is stored under {where}") from error
        if code in NOT_ALLOWED:
            raise MisconfiguredError(f"the store refuses {where}: {code}; {remedy}") from error
        raise UnavailableError(f"the store did not serve {where}: {code}") from error
    except BotoCoreError as error:
        raise UnavailableError(f"the store did not answer for {where}: {type(error).__name__}") from error


def listed(client: "S3Client", bucket: str, prefix: str) -> "Iterator[ObjectTypeDef]":
    """Yield every object whose key begins with `prefix`."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Contents", [])


def delete_all(client: "S3Client", bucket: str, keys: list[str]) -> None:
    """Delete these objects.

    Raises:
        UnavailableError: some are left; the message names one and why.
    """
    for start in range(0, len(keys), DELETE_AT_ONCE):
        chunk = keys[start : start + DELETE_AT_ONCE]
        answer = client.delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key} for key in chunk], "Quiet": True}
        )
        left = answer.get("Errors", [])
        if left:
            why = f"{left[0].get('Key')}: {left[0].get('Code')}"
            raise UnavailableError(f"{len(left)} objects of {bucket} could not be deleted, such as {why}")
