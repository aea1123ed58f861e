"""Evaluation of any player: episodes are appended as they end, and a killed one resumes."""

import pytest

from core.files import read_json, read_lines, write_json
from core.run import EPISODES, EVALUATION, SUMMARY, RunDirectory
from core.settings import EvalSettings
from reports.statistics import LABELS
from runner.evaluation.evaluate import evaluate, read_episodes


class Listed:
    """A player of known episodes that stops, as if killed, after some of them."""

    title = "listed"

    def __init__(self, episodes, stop_after=None):
        self.episodes = episodes
        self.stop_after = stop_after
        self.played = []

    def play(self, cases):
        for case in reversed(cases):  # a player's order is its own
            if len(self.played) == self.stop_after:
                raise KeyboardInterrupt
            self.played.append(case)
            yield self.episodes[int(case)]


@pytest.fixture
def run(tmp_path, play_policy):
    """Evaluates `Listed` in one run directory; returns the evaluation and the cases it played."""
    settings = EvalSettings(save_name="run", logdir=str(tmp_path))
    episodes = play_policy("always", range(4))

    def run(cases, *, resume=False, stop_after=None):
        player = Listed(episodes, stop_after)
        with RunDirectory.of(settings) as directory:
            try:
                kept = read_episodes(directory) if resume else None
                evaluation = evaluate(player, cases, directory, settings, kept=kept)
            except KeyboardInterrupt:
                evaluation = None
        return evaluation, player.played

    run.place = RunDirectory.of(settings).file(EVALUATION)
    return run


CASES = ["0", "1", "2", "3"]


def test_a_killed_evaluation_resumes_to_the_same_result(run):
    whole, played = run(CASES)
    assert len(played) == 4
    summary = read_json(run.place / SUMMARY)
    _, played = run(CASES, stop_after=2)
    assert played == ["3", "2"]
    assert len(read_lines(run.place / EPISODES)) == 2
    assert not (run.place / SUMMARY).exists()
    resumed, played = run(CASES, resume=True)
    assert played == ["1", "0"]
    assert resumed == whole
    assert read_json(run.place / SUMMARY) == summary


def test_a_line_that_was_cut_off_is_played_again(run):
    run(CASES, stop_after=2)
    path = run.place / EPISODES
    path.write_bytes(path.read_bytes()[:-20])
    resumed, played = run(CASES, resume=True)
    assert played == ["2", "1", "0"]
    assert [episode.case for episode in resumed.episodes] == CASES
    assert len(read_lines(path)) == 4


def test_resuming_with_fewer_cases_counts_these_and_keeps_the_other_episodes(run):
    """They may have been paid for."""
    run(CASES)
    resumed, played = run(["1", "3"], resume=True)
    assert played == []
    assert [episode.case for episode in resumed.episodes] == ["1", "3"]
    assert len(read_lines(run.place / EPISODES)) == len(CASES)


def test_without_resume_an_evaluation_begins_anew(run):
    run(CASES)
    evaluation, played = run(["2"])
    assert played == ["2"]
    assert len(read_lines(run.place / EPISODES)) == len(evaluation.episodes) == 1


def test_an_evaluation_replaces_an_earlier_one_with_all_its_files(run, capsys):
    """A film of the earlier one would show what the numbers do not say."""
    run(CASES)
    film = run.place / "episode_000.gif"
    film.write_bytes(b"film")
    run(CASES, stop_after=0)
    assert film.exists()
    run(CASES)
    assert {path.name for path in run.place.iterdir()} == {EPISODES, SUMMARY}
    assert capsys.readouterr().out == ""


def test_an_evaluation_that_was_moved_elsewhere_stays_there(run, tmp_path):
    run(CASES)
    elsewhere = run.place.rename(tmp_path / "elsewhere")
    (elsewhere / "episode_000.gif").write_bytes(b"film")
    run.place.symlink_to(elsewhere)
    run(CASES[:1])
    assert {path.name for path in run.place.iterdir()} == {EPISODES, SUMMARY}
    assert len(read_lines(elsewhere / EPISODES)) == 4


def test_another_evaluation_that_is_replaced_is_named(run, capsys):
    run(CASES)
    document = read_json(run.place / SUMMARY)
    write_json(run.place / SUMMARY, {**document, "title": "always, planner scripted"})
    run(CASES)
    assert capsys.readouterr().out == f"replaced in {run.place}: always, planner scripted\n"


def test_what_was_there_stays_until_there_is_something_to_replace_it(run):
    run(CASES)
    run(CASES, stop_after=0)
    assert len(read_lines(run.place / EPISODES)) == 4
    assert (run.place / SUMMARY).exists()


def test_the_result_prints_as_a_table(run):
    evaluation, _ = run(CASES)
    assert repr(evaluation) == str(evaluation)
    assert [line.split("  ")[0] for line in str(evaluation).splitlines()[1:]] == [
        LABELS[name] for name in evaluation.summary
    ]
