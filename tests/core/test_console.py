"""Text output, in processes whose streams are pipes, closed, full, or of another encoding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.console import Progress, echo, one_line, warn

ROOT = Path(__file__).resolve().parents[2]
TEXT = "go to the key → 🔑"


def python(code, *, shell="", **options):
    """Run code after `prepare_streams`, with redirections of a shell."""
    code = f"from core.console import *; prepare_streams(); {code}"
    command = ["sh", "-c", f'exec "$@" {shell}', "sh", sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, **options)


def test_a_text_is_shown_as_it_is(capsys):
    """No markup, no emoji, no line breaks are added: it may be a model's name or its answer."""
    text = "[/INST] [red]key[/red] :key: " + "long " * 100
    echo(text)
    assert capsys.readouterr().out == text + "\n"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", "go to the key \\u2192 \\U0001f511"),
        ("cp1252", "go to the key \\u2192 \\U0001f511"),
        ("utf-8", TEXT),
    ],
)
def test_what_an_encoding_lacks_is_escaped(encoding, shown):
    done = python(f"echo({TEXT!r})", env={**os.environ, "PYTHONIOENCODING": encoding})
    assert done.stdout.decode("utf-8").strip() == shown
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_table_has_lines_that_the_encoding_has():
    code = "from rich.table import Table; t = Table(); t.add_row('a'); show(t)"
    done = python(code, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert b"| a |" in done.stdout
    assert b"\\u" not in done.stdout
    assert b"\x1b" not in done.stdout


def test_a_command_whose_reader_is_gone_goes_on_quietly():
    reader, writer = os.pipe()
    os.close(reader)
    code = "from core.console import *; prepare_streams(); echo('a'); echo('b'); warn('end')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, timeout=60
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"end\n")


@pytest.mark.parametrize("shell", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_closed_stream_is_the_null_device_and_gives_its_number_to_no_file(shell, tmp_path):
    code = (
        f"echo('a'); warn('b'); file = open({str(tmp_path / 'x')!r}, 'w'); assert file.fileno() > 2"
    )
    done = python(code, shell=shell)
    assert done.returncode == 0
    assert done.stdout == (b"" if shell.startswith(">") else b"a\n")
    assert done.stderr == (b"" if "2>" in shell else b"b\n")


def test_a_full_disk_is_one_line():
    """Of a run only what is printed is lost, and that is said; what is said on stderr ends no run."""
    command = f"{sys.executable} main.py --help > /dev/full"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == b"error: stdout cannot be written: No space left on device\n"
    assert python("warn('a'); echo('b')", shell="2>/dev/full").stdout == b"b\n"


def test_one_line_is_one_line():
    assert one_line("a\n  b\r\nc\x1b[2J\x00\udcff") == "a b c\\x1b[2J\\x00\\udcff"


def test_a_warning_is_one_line(capsys):
    warn("two\nlines")
    assert capsys.readouterr().err == "two lines\n"


def test_without_a_terminal_progress_is_a_line_at_the_end(capsys):
    with Progress("SimpleDoorKey x", 5, "iteration", done=2) as progress:
        progress.advance(note="10 % success")
        progress.advance(2, "20 % success")
    [line] = capsys.readouterr().err.splitlines()
    assert line == "SimpleDoorKey x: 5 of 5 iterations in 0 s, 20 % success"
