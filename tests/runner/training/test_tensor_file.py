"""Files of tensors: any change of any bit is found, and hostile ones end in one line."""

import io
import pickle
import struct
import zipfile

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RunDirectoryError
from runner.training.tensor_file import load, save
from tests.damage import damage_bytes, damage_document, flip_bit

DOCUMENT = {"format": "new", "n": 3, "texts": ["a", "é"], "weights": {"w": torch.arange(6.0)}}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("tensors") / "file.pt"


@pytest.fixture(scope="module")
def content(path):
    """What `save` makes of `DOCUMENT`."""
    save(path, DOCUMENT)
    return path.read_bytes()


def refusal(path, content, **arguments):
    """The error of reading a file with this content, as text; empty if it is read."""
    path.write_bytes(content)
    try:
        load(path, "new", **arguments)
    except RunDirectoryError as error:
        assert "\n" not in str(error)  # noqa: PT017
        assert str(path) in str(error)  # noqa: PT017
        return str(error)
    return ""


def plain_file(document):
    """What `torch.save` writes, without a checksum."""
    file = io.BytesIO()
    torch.save(document, file)
    return file.getvalue()


def with_pickle(content, pickled, compression=zipfile.ZIP_STORED):
    """A file of tensors with another pickle."""
    old, new = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(new, "w", compression) as archive:
        for member in old.infolist():
            is_pickle = member.filename.endswith("data.pkl")
            archive.writestr(member.filename, pickled if is_pickle else old.read(member))
    return new.getvalue()


class Call:
    """Unpickling this calls a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def test_a_document_is_read_back(path, content):
    path.write_bytes(content)
    read = load(path, "new")
    assert torch.equal(read["weights"].pop("w"), torch.arange(6.0))
    assert read == {"format": "new", "n": 3, "texts": ["a", "é"], "weights": {}}


def test_other_programs_read_it(content):
    """PyTorch without this project, and anything that reads ZIP archives."""
    assert torch.equal(
        torch.load(io.BytesIO(content), weights_only=True)["weights"]["w"], torch.arange(6.0)
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.comment.startswith(b"sha256 ")


@given(data=st.data())
def test_any_flipped_bit_is_found(path, content, data):
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    assert refusal(path, flip_bit(content, bit))


def test_each_flipped_bit_at_the_end_is_found(path, content):
    """The record at the end of the archive, and the checksum itself."""
    for bit in range(8 * (len(content) - 100), 8 * len(content), 5):
        assert refusal(path, flip_bit(content, bit), unsealed="old"), bit


@given(length=st.integers(0, 10_000), more=st.binary(min_size=1, max_size=100))
def test_a_file_that_was_cut_or_continued_is_found(path, content, length, more):
    assert refusal(path, content[: min(length, len(content) - 1)])
    assert refusal(path, content + more)


def test_any_other_fault_is_found(path, content):
    for seed in range(100):
        damaged = damage_bytes(content, seed)
        assert damaged == content or refusal(path, damaged), seed


def test_an_earlier_file_has_no_checksum_and_is_read(path):
    plain = plain_file({**DOCUMENT, "format": "old"})
    assert refusal(path, plain, unsealed="old") == ""
    assert "is not a file of format 'new'" in refusal(path, plain)


def test_changed_numbers_of_an_earlier_file_are_found_by_its_archive(path):
    plain = plain_file({**DOCUMENT, "format": "old"})
    weights = plain.index(struct.pack("<6f", *range(6)))
    for bit in range(8 * weights, 8 * (weights + 24), 7):
        assert "does not have its checksum" in refusal(path, flip_bit(plain, bit), unsealed="old")


def test_a_file_of_today_without_its_checksum_is_refused(path):
    assert "has lost its checksum" in refusal(path, plain_file(DOCUMENT), unsealed="old")


@pytest.mark.parametrize(
    "call",
    [
        Call(exec, "raise SystemExit('code was run')"),
        Call(bytearray, 10**12),
        Call(torch.zeros, 10**12),
        Call(torch.storage.UntypedStorage, 10**12),
        Call(getattr, "x", "upper"),
    ],
    ids=["code", "bytearray", "zeros", "storage", "getattr"],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_nothing_is_called_that_a_pickle_names(path, content, call, protocol):
    hostile = with_pickle(content, pickle.dumps({"format": "new", "x": call}, protocol))
    assert "it holds more than tensors and plain values" in refusal(path, hostile)
    assert refusal(path, pickle.dumps(call, protocol))


def test_what_would_fill_the_memory_is_refused(path, content):
    """A compressed archive; a pickle that repeats its parts; a tensor that repeats its numbers."""
    zeros = pickle.dumps({"format": "new", "x": bytes(10**7)}, 2)
    assert "it is compressed" in refusal(path, with_pickle(content, zeros, zipfile.ZIP_DEFLATED))
    many = ["x"]
    for _ in range(40):
        many = [many] * 10
    laughs = with_pickle(content, pickle.dumps({"format": "new", "x": many}, 2))
    assert "it repeats its parts" in refusal(path, laughs)
    assert "a tensor is larger than its numbers" in refusal(
        path, plain_file({"format": "new", "x": torch.zeros(1).expand(10**12)})
    )


def test_a_part_that_claims_another_size_is_refused(path, content):
    """10 GB in the list of the archive's parts."""
    for size in (10**10, 2**32 - 1, 25, 0):
        claimed = content.replace(
            struct.pack("<II", 24, 24), struct.pack("<II", size % 2**32, size % 2**32)
        )
        assert claimed != content
        assert refusal(path, claimed)


def test_numbers_that_are_not_finite_are_refused(path):
    for hostile in (torch.tensor([1.0, float("nan")]), torch.tensor(float("inf")), float("nan")):
        save(path, {"format": "new", "weights": [hostile]})
        with pytest.raises(RunDirectoryError, match="finite"):
            load(path, "new")


def test_any_document_is_read_or_refused(path):
    for seed in range(30):
        save(path, {"format": "new", "x": damage_document({"a": [1, {"b": "x"}]}, seed)})
        refusal(path, path.read_bytes())


def test_lists_in_lists_in_lists_are_refused(path, content):
    deep = 20_000
    head, tail = pickle.dumps({"format": "new", "x": []}, 2).split(b"]")
    nested = head + deep * b"]" + (deep - 1) * b"a" + tail[2:]
    assert "recursion" in refusal(path, with_pickle(content, nested))


def test_what_is_no_file_is_refused(tmp_path):
    with pytest.raises(RunDirectoryError, match="it is not a file"):
        load(tmp_path, "new")
    with pytest.raises(RunDirectoryError, match="does not exist: train this run first"):
        load(tmp_path / "missing.pt", "new")
