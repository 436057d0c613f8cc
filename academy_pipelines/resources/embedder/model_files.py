"""Where a sentence-transformers model lies on this machine, and which version of it that is."""

import hashlib
from pathlib import Path

from academy_pipelines.errors import MisconfiguredError, UnavailableError

_WEIGHTS = (".safetensors", ".bin")
_OTHER_FORMATS = ("onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.tflite")
"""Files of a repository that torch does not need: not downloaded, and no part of a version."""
_DIGEST_CHARS = 16


def local_model_folder(model: str) -> Path | None:
    """Return the folder with all files of `model`, a path or a name in the Hugging Face cache; None when incomplete."""
    folder = Path(model) if Path(model).is_dir() else _cached_folder(model)
    return folder if folder is not None and _is_complete(folder) else None


def downloaded_model_folder(model: str) -> Path:
    """Return the folder with all files of `model`, fetched from Hugging Face where they are not on this machine.

    Raises:
        MisconfiguredError: there is no such model, or it is not open to us.
        UnavailableError: Hugging Face did not answer.
    """
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only where a local model is wanted
    from huggingface_hub.errors import (  # noqa: PLC0415
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        return Path(snapshot_download(model, ignore_patterns=list(_OTHER_FORMATS)))
    except (RepositoryNotFoundError, HFValidationError) as error:
        message = f"EMBEDDING_LOCAL_MODEL={model!r} is neither a folder nor a model of Hugging Face; correct the name"
        raise MisconfiguredError(message) from error
    except (LocalEntryNotFoundError, OSError) as error:
        raise UnavailableError(f"model {model!r} cannot be fetched now: {type(error).__name__}") from error


def model_revision(folder: Path) -> str:
    """Return the commit of a folder in the Hugging Face cache, otherwise a digest of the files that matter."""
    if folder.parent.name == "snapshots":
        return folder.name
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not _is_beside_the_point(file.relative_to(folder)):
            digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
            with file.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
    return f"sha256:{digest.hexdigest()[:_DIGEST_CHARS]}"


def _cached_folder(model: str) -> Path | None:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - only where a local model is wanted
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        return None


def _is_complete(folder: Path) -> bool:
    described = (folder / "modules.json").is_file() or (folder / "config.json").is_file()
    return described and any(file.suffix in _WEIGHTS for file in folder.rglob("*"))


def _is_beside_the_point(name: Path) -> bool:
    hidden = any(part.startswith(".") for part in name.parts)
    return hidden or name.suffix == ".md" or any(name.match(pattern) for pattern in _OTHER_FORMATS)
