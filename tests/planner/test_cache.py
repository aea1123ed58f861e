"""An answer of a language model is cached for all runs and processes."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.chat import Message, Reply, Request, Sampling, Usage
from core.errors import ModelUnavailable, RunDirectoryError
from planner.account import Account, new_id
from planner.cache import CachedModel, cache_key
from planner.sqlite_cache import SqliteCache
from tests.planner.helpers import one

ROOT = Path(__file__).resolve().parents[2]
WHERE = Message("user", "where?")
FEWER = settings(max_examples=settings.default.max_examples // 3)
"""Examples where each waits for the disk several times."""


class Counter:
    """Answers with the number of the request; unavailable after some answers."""

    def __init__(self, name="counter", left=100):
        self.name = name
        self.fingerprint = {"model": name, "template": "chatml"}
        self.left = left
        self.batches = []

    def chat(self, requests):
        first = sum(map(len, self.batches)) + 1
        self.batches.append([request.question for request in requests])
        for number in range(first, first + len(requests)):
            if number > self.left:
                raise ModelUnavailable("no answer")
            yield Reply(f"{self.name} {number}", Usage(1, 100, 10, 0.5))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "if need be" / "answers.sqlite"


def stored(path, model=None, account=None):
    """A model with a cache, asked by a run of its own."""
    return CachedModel(model or Counter(), SqliteCache(path), account or Account(new_id("test")))


def questions(*texts):
    return [Request((Message("user", text),)) for text in texts]


def test_an_answer_is_found_by_later_models(path):
    first = stored(path)
    assert one(first, WHERE) == Reply("counter 1", Usage(1, 100, 10, 0.5))
    assert one(first, WHERE) == Reply("counter 1", Usage(cache_hits=1))
    later = Counter()
    assert one(stored(path, later), WHERE) == Reply("counter 1", Usage(cache_hits=1))
    assert later.batches == []


def test_another_process_finds_it(path):
    one(stored(path), WHERE)
    script = (
        "import sys; from pathlib import Path; from tests.planner.test_cache import *;"
        "counter = Counter();"
        "print(one(stored(Path(sys.argv[1]), counter), WHERE).text, counter.batches)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, path], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "counter 1 []\n", done.stderr


@pytest.mark.parametrize(
    "request_",
    [
        Request((Message("user", "what?"),)),
        Request((Message("system", "where?"),)),
        Request((WHERE, WHERE)),
        Request((WHERE,), choices=("{explore}",)),
        Request((WHERE,), choices_after="Action:"),
        Request((WHERE,), choices_by="total"),
        Request((WHERE,), sample=1),
        Request((WHERE,), sampling=Sampling(temperature=0.5)),
        Request((WHERE,), sampling=Sampling(stop=("}",))),
        Request((WHERE,), sampling=Sampling(max_tokens=5)),
    ],
    ids=[
        "words",
        "role",
        "longer",
        "choices",
        "after",
        "by",
        "sample",
        "temperature",
        "stop",
        "max_tokens",
    ],
)
def test_each_part_of_a_request_is_in_the_key(path, request_):
    model = stored(path)
    one(model, WHERE)
    [reply] = model.chat([request_])
    assert (reply.text, reply.usage.llm_calls) == ("counter 2", 1)
    assert list(model.chat([request_])) == [Reply("counter 2", Usage(cache_hits=1))]


def test_another_model_is_asked_anew(path):
    one(stored(path), WHERE)
    other = Counter("other")
    assert one(stored(path, other), WHERE).usage.llm_calls == 1
    assert len(other.batches) == 1


@pytest.mark.parametrize(("temperature", "calls"), [(0.0, 0), (0.7, 1)])
def test_a_seed_matters_only_where_answers_are_random(path, temperature, calls):
    model = stored(path)
    one(model, WHERE, sampling=Sampling(temperature, seed=1))
    later = one(model, WHERE, sampling=Sampling(temperature, seed=2))
    assert later.usage.llm_calls == calls


@pytest.mark.parametrize(
    ("temperature", "key"),
    [
        (
            0.0,
            '[{"max_tokens": 128, "model": "served", "stop": ["}"], "temperature": 0.0, '
            '"template": "chatml"}, {"choices": ["{explore}"], "messages": [{"content": "rules", '
            '"role": "system"}, {"content": "where?", "role": "user"}], "sample": 2}]',
        ),
        (
            0.7,
            '[{"max_tokens": 128, "model": "served", "seed": 5, "stop": ["}"], "temperature": 0.7, '
            '"template": "chatml"}, {"choices": ["{explore}"], "messages": [{"content": "rules", '
            '"role": "system"}, {"content": "where?", "role": "user"}], "sample": 2}]',
        ),
    ],
)
def test_keys_are_those_of_the_first_release(temperature, key):
    """As 46d751b wrote them, so that files of answers from then are found."""
    request = Request(
        (Message("system", "rules"), WHERE),
        ("{explore}",),
        2,
        Sampling(temperature, 128, ("}",), 5),
    )
    assert cache_key({"model": "served", "template": "chatml"}, request) == key


def test_equal_requests_of_a_batch_are_sent_once(path):
    counter = Counter()
    replies = list(stored(path, counter).chat(questions("a", "b", "a")))
    assert counter.batches == [["a", "b"]]
    assert [reply.text for reply in replies] == ["counter 1", "counter 2", "counter 1"]
    assert [reply.usage.llm_calls for reply in replies] == [1, 1, 0]
    assert [reply.usage.cache_hits for reply in replies] == [0, 0, 1]


@FEWER
@given(known=st.sets(st.integers(0, 5)), asked=st.lists(st.integers(0, 5), unique=True))
def test_cached_and_new_answers_come_in_order(tmp_path_factory, known, asked):
    """Only the new ones are asked, and all of them together."""
    path = tmp_path_factory.mktemp("store") / "answers.sqlite"
    early = Counter("early")
    early.fingerprint = Counter("late").fingerprint
    list(stored(path, early).chat(questions(*map(str, sorted(known)))))
    late = Counter("late")
    replies = list(stored(path, late).chat(questions(*map(str, asked))))
    new = [number for number in asked if number not in known]
    assert late.batches == ([[str(number) for number in new]] if new else [])
    expected = {number: f"early {n}" for n, number in enumerate(sorted(known), start=1)}
    expected |= {number: f"late {n}" for n, number in enumerate(new, start=1)}
    assert [reply.text for reply in replies] == [expected[number] for number in asked]
    assert [reply.usage.cache_hits for reply in replies] == [int(n in known) for n in asked]
    assert [reply.usage.llm_calls for reply in replies] == [int(n not in known) for n in asked]


def test_answers_before_a_failure_are_cached(path):
    texts = ("a", "b", "c", "d")
    had = []
    with pytest.raises(ModelUnavailable):
        had.extend(stored(path, Counter(left=2)).chat(questions(*texts)))
    model = Counter()
    replies = list(stored(path, model).chat(questions(*texts)))
    assert [reply.usage.cache_hits for reply in replies] == [1, 1, 0, 0]
    assert model.batches == [["c", "d"]]


def test_each_answer_is_cached_before_it_is_yielded(path):
    """A reader that stops in the middle of a batch loses no answer."""
    replies = stored(path).chat(questions("a", "b"))
    next(replies)
    assert one(stored(path, Counter()), Message("user", "a")).usage.cache_hits == 1
    replies.close()


class Interrupted(Counter):
    """Something else happens while it computes."""

    def __init__(self, meanwhile):
        super().__init__()
        self.meanwhile = meanwhile

    def chat(self, requests):
        self.meanwhile()
        return [Reply("too late", Usage(1))]


def test_of_two_answers_to_a_request_the_first_stays(path):
    """The slower process uses its own answer; later ones get the first."""
    slow = Interrupted(lambda: one(stored(path), WHERE))
    assert one(stored(path, slow), WHERE) == Reply("too late", Usage(1))
    assert one(stored(path), WHERE) == Reply("counter 1", Usage(cache_hits=1))


def test_the_file_is_readable_for_people(path):
    one(stored(path), Message("system", "rules"), WHERE)
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "select model, question, answer, llm_calls, prompt_tokens, completion_tokens, seconds from replies"
        ).fetchall()
    connection.close()
    assert rows == [("counter", "where?", "counter 1", 1, 100, 10, 0.5)]


@pytest.mark.parametrize("text", ["", "é → 😀 {}\n", "x" * 100_000])
def test_any_text_is_read_back_unchanged(path, text):
    class Parrot(Counter):
        def chat(self, requests):
            return [Reply(request.question, Usage(1)) for request in requests]

    assert one(stored(path, Parrot()), Message("user", text)).text == text
    assert one(stored(path), Message("user", text)) == Reply(text, Usage(cache_hits=1))


@pytest.mark.parametrize("answer", [None, b"bytes", b"\xff"])
def test_an_answer_that_is_no_text_is_named(path, answer):
    one(stored(path, Counter()), WHERE)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update replies set answer = ?", (answer,))
    with pytest.raises(
        RunDirectoryError, match=r"--answer_store .*, answer \w{12}, is damaged: Expected `str`"
    ):
        one(stored(path), WHERE)


def test_an_answer_of_a_store_that_came_from_somewhere_is_cleaned(path):
    one(stored(path, Counter()), WHERE)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update replies set answer = ?", ("\x1b[2J\u202e{explore}",))
    assert one(stored(path), WHERE).text == "[2J{explore}"


def test_a_store_that_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("", "pipe"):
        with pytest.raises(RunDirectoryError, match="it is not a file"):
            SqliteCache(tmp_path / name)


class Cut(Counter):
    """Every answer ends at the token limit."""

    def chat(self, requests):
        return [replace(reply, cut=True) for reply in super().chat(requests)]


def test_a_cached_answer_that_was_cut_stays_cut(path):
    counter = Cut()
    asked = questions("a", "a")
    assert [reply.cut for reply in stored(path, counter).chat(asked)] == [True, True]
    assert [reply.cut for reply in stored(path, counter).chat(asked)] == [True, True]


def answers_of_earlier_versions(path, **row):
    """A file as earlier versions wrote it, with one answer."""
    asked = cache_key(Counter().fingerprint, Request((WHERE,)))
    key = hashlib.sha256(asked.encode()).hexdigest()
    old = {"key": key, "model": "counter", "question": "where?", "answer": "there", "asked": asked,
           "prompt_tokens": 7, "completion_tokens": 2, "seconds": 0.5, **row}  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        columns, marks = ", ".join(old), ", ".join("?" * len(old))
        connection.execute(f"create table answers ({columns}, primary key (key))")
        connection.execute(f"insert into answers values ({marks})", list(old.values()))
    connection.close()


def test_answers_of_earlier_versions_are_found(path):
    answers_of_earlier_versions(path)
    account = Account(new_id("new"))
    for _ in range(2):
        assert one(stored(path, account=account), WHERE) == Reply("there", Usage(cache_hits=1))
    assert account.describe().endswith(
        "1 answer came from earlier runs, from : runs of earlier versions; --answer_store none asks anew"
    )


def test_the_name_is_the_model_s(path):
    assert stored(path).name == "counter"


def complaint(path):
    """What is said about a store that cannot be used."""
    with pytest.raises(RunDirectoryError) as error:
        one(stored(path), WHERE)
    message = str(error.value)
    assert message.startswith(f"--answer_store {path}: ")
    assert message.isprintable()
    return message.removeprefix(f"--answer_store {path}: ")


def test_a_file_that_is_no_cache_is_named_and_left_alone(tmp_path):
    path = tmp_path / "answers.sqlite"
    path.write_text("my poems, which are long enough to be no header of a database " * 9)
    before = path.read_bytes()
    assert complaint(path) == "file is not a database"
    assert path.read_bytes() == before


def test_another_database_is_named(tmp_path):
    path = tmp_path / "answers.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create table answers (poem text)")
    connection.close()
    assert "no such column" in complaint(path)


def test_a_view_in_place_of_the_table_is_named(tmp_path):
    path = tmp_path / "answers.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create view replies as select 1")
    connection.close()
    assert "is actually a view" in complaint(path)


def test_a_damaged_cache_is_named(path):
    list(stored(path).chat(questions(*map(str, range(100)))))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert "malformed" in complaint(path)


def test_a_directory_in_the_way_is_named(tmp_path):
    path = tmp_path / "answers.sqlite"
    path.mkdir()
    assert complaint(path) == "it is not a file"


def test_a_file_where_the_directory_should_be_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert "File exists" in complaint(tmp_path / "file" / "answers.sqlite")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written_is_named(tmp_path):
    tmp_path.chmod(0o500)
    assert complaint(tmp_path / "answers.sqlite") == "unable to open database file"


def test_a_full_disk_is_named(path):
    """A size limit of no pages more stands in for the disk that is full."""
    one(stored(path), WHERE)
    store = SqliteCache(path)
    [pages] = store._table.db.execute("pragma page_count").fetchone()
    store._table.db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(RunDirectoryError, match=r"--answer_store .*answers\.sqlite: .* full"):
        list(CachedModel(Counter(), store, Account("x")).chat(questions("x" * 100_000)))


WRITER = """
import sys
from pathlib import Path
from tests.planner.test_cache import questions, stored

print("ready", flush=True)
for line in sys.stdin:
    path, first, number = line.split()
    model = stored(Path(path))
    for question in range(int(first), int(first) + int(number)):
        list(model.chat(questions(str(question))))
    print("done", flush=True)
"""


@pytest.fixture(scope="module")
def writers():
    """Three processes that write when they are told to."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    processes = [subprocess.Popen([sys.executable, "-c", WRITER], **pipes) for _ in range(3)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 3
    yield processes
    for process in processes:
        process.communicate(timeout=60)


def write_at_once(writers, path, firsts, number):
    for writer, first in zip(writers, firsts, strict=True):
        writer.stdin.write(f"{path} {first} {number}\n")
        writer.stdin.flush()
    assert [writer.stdout.readline() for writer in writers] == ["done\n"] * 3


def test_processes_that_write_at_once_lose_nothing(tmp_path, writers):
    """0-59, 30-89 and 60-119, let go together."""
    path = tmp_path / "answers.sqlite"
    write_at_once(writers, path, (0, 30, 60), 60)
    replies = stored(path).chat(questions(*map(str, range(120))))
    assert [reply.usage.cache_hits for reply in replies] == [1] * 120


def test_processes_that_create_a_file_at_once_wait_for_each_other(tmp_path, writers):
    """Twenty files that are not there yet, each made by the fastest process."""
    for number in range(20):
        path = tmp_path / f"{number}.sqlite"
        write_at_once(writers, path, (0, 1, 2), 1)
        replies = stored(path).chat(questions("0", "1", "2"))
        assert [reply.usage.cache_hits for reply in replies] == [1] * 3


class HalfWay:
    """Fails at the first request; the others were answered all the same."""

    name, fingerprint = "half way", {}

    def chat(self, requests):
        completed = [(request, Reply("{explore}", Usage(1))) for request in requests[1:]]
        raise ModelUnavailable("gone", completed=completed)
        yield


def test_answers_completed_after_a_failure_are_cached(path):
    asked = questions("a", "b", "c")
    with pytest.raises(ModelUnavailable):
        list(stored(path, HalfWay()).chat(asked))
    late = Counter("late")
    late.fingerprint = {}
    replies = list(stored(path, late).chat(asked))
    assert [reply.usage.cache_hits for reply in replies] == [0, 1, 1]


def ask(path, numbers, account, model=None):
    """The replies to questions, one call each."""
    model = stored(path, model, account)
    return [reply for number in numbers for reply in model.chat(questions(str(number)))]


def total(replies):
    return sum((reply.usage for reply in replies), Usage())


@FEWER
@given(st.data())
def test_an_interrupted_run_bills_what_an_uninterrupted_one_does(tmp_path_factory, data):
    """It is killed up to four times, each time after some questions beyond its last checkpoint."""
    asked = data.draw(st.lists(st.integers(0, 8), min_size=1), label="asked")
    places = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("killed")
    whole, killed = (place / "answers.sqlite" for place in places)
    for path in (whole, killed):  # both find some answers of another run
        ask(path, [0, 5], Account("another"))
    expected = ask(whole, asked, Account("run"))

    replies, saved = [], Account("run").save()
    for _ in range(data.draw(st.integers(0, 4), label="kills")):
        first = len(replies)
        checkpoint = data.draw(st.integers(first, len(asked)), label="checkpoint")
        end = data.draw(st.integers(checkpoint, len(asked)), label="killed at")
        account = Account("not known yet")
        account.load(saved)
        replies += ask(killed, asked[first:checkpoint], account)
        saved = account.save()
        ask(killed, asked[checkpoint:end], account)
    account = Account("not known yet")
    account.load(saved)
    replies += ask(killed, asked[len(replies) :], account)
    assert [reply.usage for reply in replies] == [reply.usage for reply in expected]
    assert account.reused.total() == len({0, 5} & set(asked))


def test_an_answer_that_was_paid_for_is_billed_once_also_in_a_batch(path):
    list(stored(path, account=Account("run")).chat(questions("a", "b")))  # killed after it
    counter = Counter()
    replies = list(stored(path, counter, Account("run")).chat(questions("a", "b", "a", "c")))
    assert counter.batches == [["c"]]
    assert [reply.usage.llm_calls for reply in replies] == [1, 1, 0, 1]
    assert [reply.usage.cache_hits for reply in replies] == [0, 0, 1, 0]


def test_answers_completed_after_a_failure_are_billed_when_the_run_is_resumed(path):
    with pytest.raises(ModelUnavailable):
        list(stored(path, HalfWay(), Account("run")).chat(questions("a", "b", "c")))
    late = Counter("late")
    late.fingerprint = {}
    replies = list(stored(path, late, Account("run")).chat(questions("a", "b", "c")))
    assert [reply.usage.llm_calls for reply in replies] == [1, 1, 1]
    assert late.batches == [["a"]]


def test_two_runs_that_asked_the_same_at_the_same_time_have_both_paid(path):
    """The slower one was killed before it billed its own answer, which it gets when it is resumed."""
    slow = Interrupted(lambda: one(stored(path, account=Account("fast")), WHERE))
    assert one(stored(path, slow, Account("slow")), WHERE) == Reply("too late", Usage(1))
    resumed = Account("slow")
    assert one(stored(path, account=resumed), WHERE) == Reply("too late", Usage(1))
    assert not resumed.reused


def test_a_run_keeps_its_answers_when_its_server_moves(path):
    account = Account("run")
    one(stored(path, Counter("here"), account), WHERE)
    there = Counter("there")
    assert one(stored(path, there, Account("run")), WHERE).text == "here 1"
    assert one(stored(path, there, Account("another")), WHERE).text == "there 1"


def test_answers_of_earlier_runs_are_said_with_run_day_and_file():
    account = Account("mine", store="log/answers.sqlite")
    for run, number in (("a", 3), ("b", 2), ("c", 1), ("d", 1)):
        for _ in range(number):
            account.reuse(run, "2026-11-26")
    assert account.describe() == (
        "7 answers came from earlier runs, from log/answers.sqlite: a (2026-11-26), b (2026-11-26), "
        "c (2026-11-26) and 1 more; --answer_store none asks anew"
    )
