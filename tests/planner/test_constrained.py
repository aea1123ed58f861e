"""A choice that ends an answer is the most likely one, by the total log-probability of every whole answer.

The slow definition: the model writes the beginning by itself, and every whole answer is scored by a forward of
transformers' own.
"""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.chat import Message, Request, Sampling
from core.errors import ModelRefused

pytestmark = pytest.mark.llm

pytest.importorskip("transformers", reason="make install-llm")

import torch  # noqa: E402

from planner.local import LocalModel  # noqa: E402
from tests.planner.helpers import one  # noqa: E402
from tests.planner.test_local import (  # noqa: E402
    CHOICES,
    LONGEST,
    MAX_TOKENS,
    SHORT,
    TALK,
    TALKS,
    make_model,
    make_tokenizer,
    tokens_of,
)

END = "<|im_end|>"
ACTIONS = (
    "go to drawer 1", "go to drawer 12", "go to desk 1", "look", "take key 1 from drawer 1", "é", "look at",
)  # fmt: skip
AFTER = ("", "Action:", "é", "x")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models") / "tiny"
    make_model().save_pretrained(directory)
    make_tokenizer().save_pretrained(directory)
    return str(directory)


@pytest.fixture(scope="module")
def local(path):
    return LocalModel(path)


@pytest.fixture(scope="module")
def plain():
    return make_model().eval(), make_tokenizer()


def slow_answer(local, plain, talk, after, actions):
    """By the definition; what comes before the choice is a free answer with the stop text."""
    model, tokenizer = plain
    begin = ""
    if after:
        stop = Sampling(max_tokens=MAX_TOKENS, stop=(after,))
        thought = one(local, *talk, sampling=stop).text
        begin = f"{thought}\n{after} " if thought else f"{after} "
    before = tokens_of(tokenizer, talk)[0].tolist()
    totals = {}
    for action in actions:
        turn = tokenizer(begin + action + END, add_special_tokens=False).input_ids
        with torch.inference_mode():
            logits = model(torch.tensor([[*before, *turn]])).logits[0, len(before) - 1 : -1]
        totals[begin + action] = logits.log_softmax(dim=-1)[range(len(turn)), turn].sum().item()
    return max(totals, key=totals.__getitem__)


def request(talk, after, actions=ACTIONS, sampling=SHORT):
    return Request(talk, actions, 0, sampling, after, "total")


@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk[-1].content[:9])
def test_the_answer_is_that_of_the_definition(local, plain, talk, after):
    """Remove the choice, and the next one is taken: this shows the whole order."""
    left = ACTIONS
    while left:
        [reply] = local.chat([request(talk, after, left)])
        assert reply.text == slow_answer(local, plain, talk, after, left)
        assert not reply.cut
        left = tuple(action for action in left if not reply.text.endswith(action))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    asked=st.lists(
        st.tuples(
            st.sampled_from(TALKS),
            st.sampled_from(AFTER),
            st.lists(st.sampled_from(ACTIONS), min_size=1, unique=True).map(tuple),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_many_conversations_together_are_each_alone(local, asked):
    requests = [request(*one) for one in asked]
    alone = [next(iter(local.chat([one]))).text for one in requests]
    assert [reply.text for reply in local.chat(requests)] == alone


def test_a_token_that_straddles_the_beginning_and_the_choice_counts_whole(tmp_path):
    """A tokenizer may make one token of the blank and a letter: every answer is read as it would be written."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {word: n for n, word in enumerate(words)}
    merged = ["Ġg", "Ġl"]
    # in place of signs that no text here has
    for word, unused in zip(merged, ["~", "^"], strict=True):
        vocabulary[word] = vocabulary.pop(unused)
    pairs = Tokenizer(models.BPE(vocabulary, [("Ġ", "g"), ("Ġ", "l")]))
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    pairs.decoder = decoders.ByteLevel()
    pairs.add_special_tokens(
        [AddedToken(word, special=True) for word in ("<|im_start|>", "<|im_end|>")]
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=pairs, eos_token=END)
    tokenizer.chat_template = make_tokenizer().chat_template
    assert len(tokenizer("Action: go", add_special_tokens=False).input_ids) == 9
    make_model().save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    local, plain = LocalModel(str(tmp_path)), (make_model().eval(), tokenizer)
    for talk in TALKS[:4]:
        [reply] = local.chat([request(talk, "Action:")])
        assert reply.text == slow_answer(local, plain, talk, "Action:", ACTIONS)


def test_the_usage_is_what_was_written_and_all_choices(local):
    """Of seven choices every byte is a token, and so is the end of each."""
    num_choices = sum(len(action.encode()) + 1 for action in ACTIONS)
    [act] = local.chat([request(TALK, "")])
    assert act.usage.completion_tokens == num_choices
    [react] = local.chat([request(TALK, "Action:")])
    free = one(local, *TALK, sampling=Sampling(max_tokens=MAX_TOKENS, stop=("Action:",)))
    assert react.usage.completion_tokens == free.usage.completion_tokens + num_choices
    assert react.usage.llm_calls == 1
    assert react.usage.prompt_tokens == act.usage.prompt_tokens


def test_choices_are_compared_by_the_mean_unless_the_request_says_total(local):
    """By the total, the shortest of many texts wins more often."""
    by = {
        how: [one(local, *talk, sampling=SHORT, choices=CHOICES, choices_by=how).text for talk in TALKS]
        for how in ("mean", "total")
    }  # fmt: skip
    assert sum(map(len, by["total"])) < sum(map(len, by["mean"]))


def test_an_answer_that_does_not_fit_is_refused(local):
    """The prompt fits with the tokens of a free answer, but not with the longest choice."""
    short = tokens_of(make_tokenizer(), (Message("user", ""),)).shape[1]
    talk = (Message("user", "x" * (LONGEST - MAX_TOKENS - short)),)
    [reply] = local.chat([request(talk, "", ("look",))])
    assert reply.text == "look"
    with pytest.raises(ModelRefused, match="its longest choice"):
        list(local.chat([request(talk, "")]))
