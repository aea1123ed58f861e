"""Files are replaced atomically and read back."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RunDirectoryError
from core.files import append_line, read_json, read_lines, write_bytes, write_json, write_lines
from tests.damage import DEEP, damage_json

ROOT = Path(__file__).resolve().parents[2]

WRITE_FOR_EVER = """
import sys
from pathlib import Path
from core.files import write_bytes

while True:
    for letter in (b"a", b"b"):
        write_bytes(Path(sys.argv[1]), letter * 200_000)
        print(flush=True)
"""

WRITE_ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from core.errors import RunDirectoryError
from core.files import write_bytes

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path(sys.argv[1]), b"new" * 1000)
except RunDirectoryError as error:
    print(error)
"""


def python(code, *arguments, **streams):
    """Run code in another process."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **streams)


def contents(path):
    return sorted(entry.name for entry in path.iterdir())


def test_a_file_is_created_with_its_directories_and_replaced(tmp_path):
    path = tmp_path / "some" / "where" / "file"
    write_bytes(path, b"\x00old")
    write_bytes(path, b"new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert contents(path.parent) == ["file"]


def test_a_directory_of_the_same_name_is_one_line_and_stays(tmp_path):
    (tmp_path / "file").mkdir()
    (tmp_path / "file" / "inside").touch()
    with pytest.raises(RunDirectoryError) as error:
        write_bytes(tmp_path / "file", b"new")
    assert str(error.value) == f"{tmp_path / 'file'} cannot be written: Is a directory"
    assert contents(tmp_path) == ["file"]
    assert contents(tmp_path / "file") == ["inside"]


def test_a_pipe_or_a_device_is_not_replaced(tmp_path):
    """Root could replace /dev/null for the whole machine."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(os.devnull)
    for path in (pipe, link):
        with pytest.raises(RunDirectoryError, match="it is not a file"):
            write_bytes(path, b"new")
    assert pipe.is_fifo()
    assert link.is_symlink()


def test_a_full_disk_is_one_line_and_the_old_file_stays(tmp_path):
    """The other process may write no file of more than 1000 bytes, and tries 3000."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    out, _ = python(WRITE_ON_A_FULL_DISK, path).communicate(timeout=60)
    assert out == f"{path} cannot be written: File too large\n"
    assert path.read_bytes() == b"old"
    assert contents(tmp_path) == ["file"]


def test_a_reader_never_sees_half_a_file(tmp_path):
    """A process that writes 200,000 a's, then b's, and so on, is read from and then killed."""
    path = tmp_path / "file"
    whole = {b"a" * 200_000, b"b" * 200_000}
    with python(WRITE_FOR_EVER, path) as other:
        try:
            assert other.stdout.readline() == "\n"
            seen = [path.read_bytes() for _ in range(100)]
        finally:
            other.kill()
    assert set(seen) <= whole
    assert path.read_bytes() in whole


def test_a_json_document_is_read_back(tmp_path):
    document = {"a": [1, 2.5, None], "é": "ü\u3002"}
    write_json(tmp_path / "file.json", document)
    assert read_json(tmp_path / "file.json") == document
    assert (tmp_path / "file.json").read_text().endswith("}\n")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b'{"a": 1', "Input data was truncated"),
        (b'{"a": "\xff"}', "'utf-8' codec can't decode byte 0xff"),
        (b"", "Input data was truncated"),
        (b"[1, 2]", "Expected `object`, got `array`"),
        (b"5", "Expected `object`, got `int`"),
        (b"null", "Expected `object`, got `null`"),
        (b'{"a": NaN}', "JSON is malformed"),
        (b'{"a": 1e999}', "Number out of range"),
        (b'{"a": %d}' % 10**40, "an integer is too long"),
        (b'{"a": "\\ud800"}', "Input data was truncated"),
        (DEEP.encode(), "maximum recursion depth exceeded"),
    ],
)
def test_a_damaged_document_is_named(tmp_path, content, complaint):
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(RunDirectoryError) as error:
        read_json(path)
    assert str(error.value).startswith(f"{path} is damaged: {complaint}")


def test_a_document_is_read_or_refused_in_one_line(tmp_path):
    path = tmp_path / "file.json"
    for seed in range(300):
        path.write_bytes(damage_json({"a": [1, {"b": "x"}], "c": {"d": None, "e": 0.5}}, seed))
        try:
            read_json(path)
        except RunDirectoryError as error:
            assert re.fullmatch(f"{path} is damaged: .+", str(error))  # noqa: PT017


def test_what_is_no_file_is_refused_without_reading_it(tmp_path):
    """A pipe that has no writer would be waited for, and /dev/zero never ends."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(RunDirectoryError) as error:
            read_json(path)
        assert str(error.value) == f"{path} cannot be read: it is not a file"


@pytest.mark.parametrize("name", ["missing", "x" * 300, "a\0b"])
def test_a_missing_file_is_one_line(tmp_path, name):
    with pytest.raises(RunDirectoryError, match="cannot be read: "):
        read_json(tmp_path / name)


def test_texts_are_cleaned_on_the_way_in(tmp_path):
    """Escape sequences, changes of direction and signs of no width; as keys, too."""
    path = tmp_path / "file.json"
    write_json(path, {"\x1b[31mred": ["\u202ea\u200bb\x9b", {"c": "two\nlines\tand\u00a0words"}]})
    assert read_json(path) == {"[31mred": ["ab", {"c": "two\nlines\tand words"}]}


def test_lines_are_read_back(tmp_path):
    rows = [{"text": "two\nlines, é one 😀 row"}, {}, {"n": 1.5}]
    write_lines(tmp_path / "rows.jsonl", iter(rows))
    assert read_lines(tmp_path / "rows.jsonl") == rows
    write_lines(tmp_path / "rows.jsonl", [])
    assert read_lines(tmp_path / "rows.jsonl") == []


@given(cut=st.integers(0, 200))
def test_a_line_that_was_cut_off_is_left_out(tmp_path_factory, cut):
    """A process may be killed at any byte; a line is whole up to its newline or just before."""
    rows = [{"n": 1, "text": "é"}, {"n": 22, "rows": [{}, {}]}, {"n": 333}]
    path = tmp_path_factory.getbasetemp() / f"cut{os.getpid()}.jsonl"
    write_lines(path, rows)
    text = path.read_bytes()[:cut]
    path.write_bytes(text)
    read = read_lines(path)
    assert read == rows[: len(read)]
    assert text.count(b"\n") <= len(read) <= text.count(b"\n") + 1


def test_lines_around_damaged_ones_are_read_and_the_first_of_these_is_named(tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"n": 1}\n\xff\n{"n": 3}\n5\n\n{"n": 6}\n')
    assert read_lines(path) == [{"n": 1}, {"n": 3}, {"n": 6}]
    said = capsys.readouterr().err
    assert said.startswith(f"{path}, line 2, is damaged: JSON is malformed")
    assert said.endswith(" (and 1 more): left out\n")
    assert contents(tmp_path) == ["rows.jsonl"]


def test_damaged_lines_are_set_aside_where_the_file_is_about_to_be_replaced(tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"n": 1}\nx\n{"n": 3}\n')
    for _ in range(2):
        assert read_lines(path, if_damaged="set aside") == [{"n": 1}, {"n": 3}]
    assert (tmp_path / "rows.jsonl.damaged").read_bytes() == b"x\nx\n"
    assert capsys.readouterr().err.endswith(f": kept in {path}.damaged\n")


def test_a_file_of_damaged_lines_only_is_refused_unless_they_are_set_aside(tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b"\x1f\x8b\n\x00\n")
    with pytest.raises(RunDirectoryError, match=r"rows\.jsonl, line 1, is damaged: "):
        read_lines(path)
    assert read_lines(path, if_damaged="set aside") == []
    assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_line_is_refused_where_all_are_needed(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"n": 1}\nx\n{"n": 3}\n')
    with pytest.raises(RunDirectoryError, match=r"rows\.jsonl, line 2, is damaged: "):
        read_lines(path, if_damaged="refuse")


def test_a_missing_file_of_lines_is_named(tmp_path):
    with pytest.raises(RunDirectoryError, match=r"rows\.jsonl cannot be read: No such file"):
        read_lines(tmp_path / "rows.jsonl")


@pytest.mark.parametrize("name", ["file/below", "x" * 250])
def test_a_path_that_cannot_exist_is_one_line(tmp_path, name):
    """Below a regular file, or with a name so long that the temporary one is too long."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunDirectoryError, match="cannot be written: "):
        write_bytes(tmp_path / name, b"1")


def test_appended_lines_are_read_back(tmp_path):
    path = tmp_path / "rows.jsonl"
    write_lines(path, [{"n": 1}])
    append_line(path, {"n": 2, "text": "two\nlines"})
    append_line(path, {})
    assert read_lines(path) == [{"n": 1}, {"n": 2, "text": "two\nlines"}, {}]


def test_a_line_appended_to_half_a_line_is_whole(tmp_path):
    """The half is what is left by a process that was killed."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"n": 1}\n{"n": ')
    append_line(path, {"n": 3})
    assert path.read_bytes() == b'{"n": 1}\n{"n": \n{"n": 3}\n'


def test_appending_where_nothing_can_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunDirectoryError, match=r"rows\.jsonl cannot be written: "):
        append_line(tmp_path / "file" / "rows.jsonl", {})


def test_what_a_killed_process_left_of_a_file_is_removed_by_the_next_one_that_writes_it(tmp_path):
    """In directories that no process locks: what a process that still runs is writing stays."""
    with subprocess.Popen(["true"]) as ended:
        pass
    left, others = tmp_path / f".a.json.{ended.pid}.tmp", [
        tmp_path / f".a.json.{os.getppid()}.tmp",
        tmp_path / f".b.json.{ended.pid}.tmp",
        tmp_path / ".a.json.1x.tmp",
    ]  # fmt: skip
    for path in (left, *others):
        path.touch()
    write_json(tmp_path / "a.json", {})
    assert {*tmp_path.iterdir()} == {tmp_path / "a.json", *others}
