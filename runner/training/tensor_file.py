"""Tensors and plain values in one file, protected by a checksum. Nothing unpickles code.

The file is what `torch.save` writes: a ZIP archive. Its comment, which other programs skip, is the SHA-256 of
everything before it.
"""

import hashlib
import io
import pickle
import pickletools
import struct
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from core.decode import cleaned, damaged, reason
from core.errors import RunDirectoryError
from core.files import read_bytes, write_bytes

_MARK = b"sha256 "
_DIGITS = 64
_ALLOWED = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2"} | {
    f"torch {kind}Storage" for kind in ("Float", "Double", "Half", "Long", "Int", "Byte", "Bool")
}
"""What a pickle may name. `torch.load` runs no code either, but would make a bytearray of any size."""
_ERRORS = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    TypeError, ValueError, pickle.UnpicklingError, struct.error, zipfile.BadZipFile,
)  # fmt: skip
"""What reading a damaged archive, pickle or tensor ends in."""


def save(path: Path, document: dict[str, Any]) -> None:
    """Write tensors and plain values; the old file stays until the new one is whole."""
    archive = io.BytesIO()
    torch.save(document, archive)
    write_bytes(path, _sealed(archive.getvalue()))


def load(
    path: Path, file_format: str, *, device: str = "cpu", unsealed: str = ""
) -> dict[str, Any]:
    """Read what `save` wrote; texts are cleaned (`core.untrusted`).

    Args:
        path: of the file.
        file_format: the ``format`` of the document.
        device: where its tensors come to.
        unsealed: the format of earlier files, which have no checksum.

    Raises:
        RunDirectoryError: the file is missing, changed, of another program, or holds anything but finite
            tensors and plain values.
    """
    if not path.exists():
        raise RunDirectoryError(f"{path} does not exist: train this run first")
    content = read_bytes(path)
    try:
        is_sealed = _check_seal(content)
        _check_archive(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of foreign files, which are refused below anyway
            loaded = torch.load(io.BytesIO(content), map_location=device, weights_only=True)
        document = cleaned(loaded, limit=len(content))
        for tensor in _tensors(document):
            _check_tensor(tensor)
    except _ERRORS as error:
        raise RunDirectoryError(
            f"{path} is damaged or not a file of this program: {reason(error)}"
        ) from error
    found = document.get("format") if isinstance(document, dict) else None
    if found not in (file_format, unsealed) or not found:
        raise RunDirectoryError(f"{path} is not a file of format {file_format!r}")
    if found == file_format and not is_sealed:
        raise damaged(str(path), "it has lost its checksum")
    return dict(document)


def _sealed(archive: bytes) -> bytes:
    """A ZIP archive without comment, which ends with the length of its comment, with one."""
    body = archive[:-2] + struct.pack("<H", len(_MARK) + _DIGITS) + _MARK
    return body + hashlib.sha256(body).hexdigest().encode()


def _check_seal(content: bytes) -> bool:
    """Whether there is a checksum.

    Raises:
        ValueError: it is that of another content.
    """
    body, digest = content[:-_DIGITS], content[-_DIGITS:]
    if not body.endswith(_MARK):
        return False
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError("its content does not have its checksum")
    return True


def _check_archive(content: bytes) -> None:
    """Refuse an archive that is damaged, or that would take more memory than its size.

    Raises:
        ValueError, zipfile.BadZipFile: say why.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("it is compressed")
        if sum(member.file_size for member in members) > len(content):
            raise ValueError("its parts are larger than the file")
        changed = archive.testzip()
        if changed is not None:
            raise ValueError(f"{changed} does not have its checksum")
        pickles = [member for member in members if member.filename.lower().endswith(".pkl")]
        if [member.filename.rpartition("/")[2] for member in pickles] != ["data.pkl"]:
            raise ValueError("it is not one pickle with tensors")
        for operation, argument, _ in pickletools.genops(archive.read(pickles[0])):
            is_name = operation.name in ("GLOBAL", "INST", "STACK_GLOBAL")
            if operation.name.startswith("EXT") or (is_name and argument not in _ALLOWED):
                raise ValueError(f"it holds more than tensors and plain values: {argument}")


def _tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors of a document."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _tensors(part)


def _check_tensor(tensor: torch.Tensor) -> None:
    """Refuse numbers that are not finite, and repetitions of a few numbers.

    Raises:
        ValueError: says why.
    """
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise ValueError("a tensor is larger than its numbers")
    if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
        raise ValueError("its weights are not finite numbers")
