"""A language model in this process gives the answers of `transformers.generate`.

The model is tiny and random; conversations come in batches of any size and order.
"""

import json
import logging
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.chat import Message, Request, Sampling
from core.errors import ModelMissing, ModelRefused
from core.untrusted import clean
from planner.choice_scoring import TEMPLATES
from tests.planner.helpers import one

pytestmark = pytest.mark.llm

pytest.importorskip("transformers", reason="make install-llm")

from safetensors.torch import load_file, save_file  # noqa: E402
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers  # noqa: E402
from transformers import (  # noqa: E402
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from planner.decoding import FUSED_LENGTH, attention  # noqa: E402
from planner.local import LocalModel  # noqa: E402

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROL = ("<|im_start|>", "<|im_end|>")
LONGEST = 400
MAX_TOKENS = 12
SHORT = Sampling(max_tokens=MAX_TOKENS)

RULES = Message("system", "You plan.")
TALK = (RULES, Message("user", "where?"))
TALKS = [
    TALK,
    (RULES, Message("user", "what now?")),
    (*TALK, Message("assistant", "{fly}"), Message("user", "Not so. where?")),
    (*TALK, Message("assistant", "{fly}"), Message("user", "Not so. what now?")),
    (RULES, Message("user", "é→")),
    (RULES, Message("user", "x")),
    (RULES, Message("user", "a much longer question than all of the others, with many words")),
    (Message("user", "no rules?"),),
    (Message("system", "You plan otherwise."), Message("user", "where?")),
    (RULES,),
    (RULES, Message("user", "")),
]
"""Some begin alike, one is the beginning of others (with what the assistant is to say next)."""


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def make_tokenizer():
    """Every byte is a token, and so are the marks of turns."""
    words = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE({word: n for n, word in enumerate(words)}, []))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.add_special_tokens([AddedToken(word, special=True) for word in CONTROL])
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bytewise, eos_token=CONTROL[1])
    tokenizer.chat_template = CHATML
    return tokenizer


def make_model(seed=0, **changes):
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=256 + len(CONTROL), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=LONGEST,
        tie_word_embeddings=False, initializer_range=0.3, bos_token_id=256, eos_token_id=257,
        pad_token_id=257, **changes,
    )  # fmt: skip
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[257] *= 2  # some answers end by themselves
    return model


@pytest.fixture(scope="session")
def path(tmp_path_factory):
    directory = tmp_path_factory.mktemp("models") / "tiny"
    make_model().save_pretrained(directory)
    make_tokenizer().save_pretrained(directory)
    return str(directory)


@pytest.fixture(scope="session")
def plain(path):
    """The same model, for transformers' own ways."""
    return AutoModelForCausalLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)


@pytest.fixture(scope="session")
def theirs(plain):
    """What transformers says to each conversation, alone: text and number of tokens."""
    model, tokenizer = plain
    answers = {}
    for talk in TALKS:
        tokens = tokens_of(tokenizer, talk)
        said = model.generate(
            tokens,
            attention_mask=torch.ones_like(tokens),
            max_new_tokens=MAX_TOKENS,
            do_sample=False,
        )[0, tokens.shape[1] :].tolist()
        said = said[: said.index(257)] if 257 in said else said
        answers[talk] = (clean(tokenizer.decode(said, skip_special_tokens=True)).strip(), len(said))
    return answers


@pytest.fixture(scope="session")
def local(path):
    return LocalModel(path)


def tokens_of(tokenizer, talk):
    text, _ = TEMPLATES["chatml"](talk)
    return tokenizer(text, add_special_tokens=False, return_tensors="pt").input_ids


def requests(talks, **changes):
    return [Request(talk, **{"sampling": SHORT, **changes}) for talk in talks]


def texts(model, talks, **changes):
    return [reply.text for reply in model.chat(requests(talks, **changes))]


def test_some_answers_end_early_and_no_two_are_the_same(theirs):
    """Else the tests below would show little."""
    assert min(spent for _, spent in theirs.values()) < MAX_TOKENS
    assert max(spent for _, spent in theirs.values()) == MAX_TOKENS
    assert len({text for text, _ in theirs.values()}) > len(theirs) // 2


def test_answers_do_not_depend_on_the_batch(local, theirs):
    replies = list(local.chat(requests(TALKS)))
    assert [(reply.text, reply.usage.completion_tokens) for reply in replies] == list(
        theirs.values()
    )


def test_a_reply_has_its_usage(local, plain):
    for reply, talk in zip(local.chat(requests(TALKS)), TALKS, strict=True):
        assert reply.usage.llm_calls == 1
        assert reply.usage.prompt_tokens == tokens_of(plain[1], talk).shape[1]
        assert reply.usage.seconds > 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.lists(st.integers(0, len(TALKS) - 1), min_size=1, max_size=6), min_size=1, max_size=4
    )
)
def test_answers_do_not_depend_on_order_and_earlier_batches(local, theirs, batches):
    """One model all the time: it caches a prefix, which is cut and extended from batch to batch."""
    for batch in batches:
        talks = [TALKS[number] for number in batch]
        assert texts(local, talks) == [theirs[talk][0] for talk in talks]


@pytest.mark.parametrize("numbers", [(0, 2), (2, 0), (2, 3, 0), (2, 0, 0)])
def test_a_conversation_and_its_own_prefix_in_one_batch(local, theirs, numbers):
    """The whole of the one is the beginning of the other, up to where the assistant speaks."""
    talks = [TALKS[number] for number in numbers]
    assert texts(local, talks) == [theirs[talk][0] for talk in talks]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_answers_do_not_depend_on_the_batch_size(path, theirs, batch_size):
    model = LocalModel(path, batch_size=batch_size)
    assert texts(model, TALKS) == [text for text, _ in theirs.values()]
    assert list(model.chat([])) == []


def test_the_same_conversation_twice_in_a_batch(local, theirs):
    assert texts(local, [TALK] * 3) == [theirs[TALK][0]] * 3


def test_a_system_message_that_the_template_refuses_is_read_before_the_question(path, tmp_path):
    """The other model's template takes none; both read the same text then."""
    shutil.copytree(path, tmp_path / "other")
    tokenizer = make_tokenizer()
    tokenizer.chat_template = (
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        + CHATML
    )
    tokenizer.save_pretrained(tmp_path / "other")
    joined = (Message("user", f"{RULES.content}\n\n{TALK[1].content}"),)
    assert texts(LocalModel(str(tmp_path / "other")), [TALK]) == texts(LocalModel(path), [joined])


@pytest.mark.parametrize("max_tokens", [1, 5])
def test_an_answer_is_no_longer_than_max_tokens(local, plain, max_tokens):
    model, tokenizer = plain
    for talk in TALKS:
        tokens = tokens_of(tokenizer, talk)
        said = []
        while len(said) < max_tokens:
            following = torch.tensor([[*tokens[0].tolist(), *said]])
            said.append(model(following).logits[0, -1].argmax().item())
            if said[-1] == 257:
                said.pop()
                break
        reply = one(local, *talk, sampling=Sampling(max_tokens=max_tokens))
        assert reply.text == clean(tokenizer.decode(said, skip_special_tokens=True)).strip()
        assert reply.usage.completion_tokens == len(said)
        assert reply.cut == (len(said) == max_tokens)


def test_a_choice_and_an_answer_that_ends_at_a_stop_text_are_not_cut(local, theirs):
    """One that has no more tokens left, but ends with the stop text, is whole."""
    talk = next(talk for talk, (_, spent) in theirs.items() if spent == MAX_TOKENS)
    assert one(local, *talk, sampling=SHORT).cut
    assert not one(local, *talk, sampling=Sampling(max_tokens=1, stop=(theirs[talk][0][0],))).cut
    assert not one(local, *talk, sampling=SHORT, choices=CHOICES).cut


def test_an_answer_ends_at_any_token_that_the_model_names_as_an_end(path, plain, theirs, tmp_path):
    """The most likely first token is named as an end in generation_config.json, so nothing is said."""
    shutil.copytree(path, tmp_path / "model")
    model, tokenizer = plain
    with torch.inference_mode():
        first = int(model(tokens_of(tokenizer, TALK)).logits[0, -1].argmax())
    config = tmp_path / "model" / "generation_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"eos_token_id": [257, first]}))
    reply = one(LocalModel(str(tmp_path / "model")), *TALK, sampling=SHORT)
    assert theirs[TALK][0]
    assert (reply.text, reply.cut) == ("", False)


def test_an_answer_ends_before_a_stop_text(local, theirs):
    """Each piece of one or two letters of each answer; other answers continue."""
    for talk, (text, _) in list(theirs.items())[:4]:
        for size in (1, 2):
            for place in range(len(text) - size + 1):
                stop = text[place : place + size]
                stops = Sampling(max_tokens=MAX_TOKENS, stop=("no such", stop))
                got = texts(local, [talk, TALKS[5]], sampling=stops)
                assert got[0] == text.split(stop)[0].strip()
                assert got[1] == theirs[TALKS[5]][0].split(stop)[0].strip()


@st.composite
def shapes(draw):
    groups = draw(st.integers(1, 3))
    return {
        "rows": draw(st.integers(1, 4)),
        "groups": groups,
        "heads": groups * draw(st.integers(1, 3)),
        "new": draw(st.integers(1, 4) | st.integers(FUSED_LENGTH - 1, FUSED_LENGTH + 1)),
        "own": draw(st.integers(1, 5)),
        "shared": draw(st.integers(0, 5)),
        "size": draw(st.sampled_from([1, 2, 8])),
    }


@given(shape=shapes(), seed=st.integers(0, 1000))
def test_attention_to_a_shared_prefix_is_ordinary_attention(shape, seed):
    """Over the prefix, copied for every row, followed by the row's own tokens."""
    rows, groups, heads, new, own, shared, size = shape.values()
    generator = torch.Generator().manual_seed(seed)

    def some(*sizes):
        return torch.randn(sizes, generator=generator, dtype=torch.float64)

    query, key, value = some(rows, heads, new, size), *some(2, rows, groups, own, size)
    first_key, first_value = some(2, 1, groups, shared, size)
    may_see = torch.rand((rows, 1, new, own), generator=generator) < 0.6
    may_see[..., 0] = True
    mask = torch.zeros(may_see.shape, dtype=torch.float64).masked_fill(~may_see, -1e300)
    prefix = [(some(0), some(0)), (first_key[0], first_value[0])]
    mixed, weights = attention(
        SimpleNamespace(layer_idx=1), query, key, value, mask, scaling=0.3, prefix=prefix
    )
    assert weights is None

    def whole(first, rest):
        both = torch.cat((first.expand(rows, -1, -1, -1), rest), dim=2)
        return both.repeat_interleave(heads // groups, dim=1)

    sees = torch.cat((torch.ones((rows, 1, new, shared), dtype=torch.bool), may_see), dim=-1)
    scores = 0.3 * query @ whole(first_key, key).transpose(2, 3)
    weights = torch.softmax(scores.masked_fill(~sees, -torch.inf), dim=-1)
    expected = weights @ whole(first_value, value)
    torch.testing.assert_close(mixed, expected.transpose(1, 2), rtol=1e-5, atol=1e-6)


CHOICES = ("{explore}", "{sing}", "{go to the key}", "{go to the key, pick up the key}", "{}", "é")


def by_plain_forwards(plain, talk, choices):
    """The mean log-probability of each choice and the end of the turn, a forward for each."""
    model, tokenizer = plain
    before = tokens_of(tokenizer, talk)[0].tolist()
    means = {}
    for choice in choices:
        turn = tokenizer(choice + CONTROL[1], add_special_tokens=False).input_ids
        with torch.inference_mode():
            logits = model(torch.tensor([[*before, *turn]])).logits[0, len(before) - 1 : -1]
        logprobs = logits.log_softmax(dim=-1)[range(len(turn)), turn]
        means[choice] = logprobs.mean().item()
    return means


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk[-1].content[:9])
def test_choices_are_ranked_by_their_log_probabilities(local, plain, talk):
    """Remove the most likely choice, and the next one is taken: this shows the whole order."""
    means = by_plain_forwards(plain, talk, CHOICES)
    left = sorted(CHOICES)
    order = []
    while left:
        reply = one(local, *talk, sampling=SHORT, choices=tuple(left))
        assert reply.usage.llm_calls == 1
        assert reply.usage.completion_tokens == sum(len(choice.encode()) + 1 for choice in left)
        order.append(reply.text)
        left.remove(reply.text)
    assert order == sorted(CHOICES, key=means.__getitem__, reverse=True)


@pytest.mark.parametrize("numbers", [range(len(TALKS)), (2, 0), (0, 2), (5,), (2, 3)])
def test_ranking_many_conversations_is_ranking_each(local, plain, numbers):
    talks = [TALKS[number] for number in numbers]
    best = []
    for talk in talks:
        means = by_plain_forwards(plain, talk, CHOICES)
        best.append(max(means, key=means.__getitem__))
    assert texts(local, talks, choices=CHOICES) == best


def test_ranking_and_generating_share_the_prefix_cache(local, theirs):
    ranked = one(local, *TALKS[3], sampling=SHORT, choices=CHOICES).text
    assert one(local, *TALK, sampling=SHORT).text == theirs[TALK][0]
    assert one(local, *TALKS[3], sampling=SHORT, choices=CHOICES).text == ranked
    assert one(local, *TALKS[3], sampling=SHORT).text == theirs[TALKS[3]][0]


RANDOM = Sampling(1.0, MAX_TOKENS)


def test_a_sample_is_the_same_in_any_batch(path, local):
    """Three samples to each conversation: alone, all together, backwards, and by another model."""
    all_ = [Request(talk, (), sample, RANDOM) for talk in TALKS for sample in range(3)]
    alone = [next(iter(local.chat([request]))).text for request in all_]
    assert [reply.text for reply in local.chat(all_)] == alone
    assert [reply.text for reply in local.chat(all_[::-1])] == alone[::-1]
    assert [reply.text for reply in LocalModel(path, batch_size=5).chat(all_)] == alone


def test_samplings_may_be_mixed_in_a_batch(local, theirs):
    """Each reply is that of a batch of its own, in the order of the requests."""
    samplings = [SHORT, RANDOM, Sampling(max_tokens=3), SHORT]
    mixed = [Request(TALK, sampling=sampling) for sampling in samplings]
    mixed.append(Request(TALK, CHOICES, sampling=SHORT))
    alone = [next(iter(local.chat([request]))).text for request in mixed]
    assert [reply.text for reply in local.chat(mixed)] == alone
    assert alone[0] == alone[3] == theirs[TALK][0] != alone[2]


def test_other_samples_and_other_seeds_give_other_answers(local):
    said = [
        [
            reply.text
            for reply in local.chat(
                [Request(TALK, (), n, Sampling(1.0, MAX_TOKENS, seed=seed)) for n in range(20)]
            )
        ]
        for seed in (0, 1)
    ]
    assert len(set(said[0])) > 15
    assert len(set(said[0]) & set(said[1])) < 5


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.0])
def test_tokens_are_sampled_with_their_probabilities(path, plain, temperature):
    """The first token of 3000 answers; tokens that are written the same are one.

    A count's standard deviation is at most sqrt(3000) / 2, which is 27.4.
    """
    model, tokenizer = plain
    with torch.inference_mode():
        logits = model(tokens_of(tokenizer, TALK)).logits[0, -1].double()
    likely = {}
    for token, share in enumerate(torch.softmax(logits / temperature, dim=-1).tolist()):
        text = (
            ""
            if token == 257
            else clean(tokenizer.decode([token], skip_special_tokens=True)).strip()
        )
        likely[text] = likely.get(text, 0) + share
    first_token = Sampling(temperature, max_tokens=1)
    counts = dict.fromkeys(likely, 0)
    for reply in LocalModel(path, batch_size=500).chat(
        [Request(TALK, (), sample, first_token) for sample in range(3000)]
    ):
        counts[reply.text] += 1
    for text, share in likely.items():
        deviation = np.sqrt(3000 * share * (1 - share))
        assert abs(counts[text] - 3000 * share) < 5 * deviation + 1, text


def test_the_draws_of_two_conversations_are_not_the_same(local):
    """With the same draws, a model that finds all tokens about as likely would begin 40 answers nearly alike.

    About half of the tokens are written the same: they are parts of other letters.
    """
    flat = Sampling(100.0, 1)
    talks = [(RULES, Message("user", f"question {number}")) for number in range(40)]
    assert len(set(texts(local, talks, sampling=flat))) > 10


def test_at_temperature_0_all_samples_are_the_same(local, theirs):
    samples = [Request(TALK, (), sample, SHORT) for sample in range(4)]
    assert {reply.text for reply in local.chat(samples)} == {theirs[TALK][0]}


def test_the_fingerprint_depends_on_the_files(path, tmp_path):
    copy = tmp_path / "tiny"
    shutil.copytree(path, copy)
    model = LocalModel(str(copy))
    before = json.dumps(dict(model.fingerprint))
    assert json.dumps(dict(LocalModel(str(copy)).fingerprint)) == before
    assert json.dumps(dict(LocalModel(path).fingerprint)) != before
    make_model(seed=1).save_pretrained(copy)
    other = LocalModel(str(copy))
    assert json.dumps(dict(other.fingerprint)) != before
    assert other.name == model.name == "tiny, local"


def test_threads_are_left_as_they_were(local, monkeypatch):
    """All cores while it thinks; the mediator's small network is better off with one."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    torch.set_num_threads(1)  # another test may have left more
    one(local, *TALK, sampling=SHORT)
    assert torch.get_num_threads() == 1


def refusal(path, **changes):
    """What is said about what is no model."""
    with pytest.raises(ModelMissing) as error:
        LocalModel(str(path), **changes)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("holds", [None, {}, {"readme": "a model"}, {"config.json": "{nonsense"},
                                   {"config.json": "{}"}, {"config.json": '{"model_type": "x"}'}])  # fmt: skip
def test_a_directory_without_a_model_is_named(tmp_path, holds):
    directory = tmp_path / "model"
    if holds is not None:
        directory.mkdir()
    for name, text in (holds or {}).items():
        (directory / name).write_text(text)
    assert refusal(directory).startswith(
        f"--model_path '{directory}' holds no language model that runs on cpu: "
    )


def copy_without(path, directory, *names):
    shutil.copytree(path, directory)
    for name in names:
        (directory / name).unlink()
    return directory


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_model_that_lacks_a_part_is_named(path, tmp_path, name):
    directory = copy_without(path, tmp_path / "model", name)
    assert refusal(directory).startswith(
        f"--model_path '{directory}' holds no language model that runs on cpu: "
    )


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_model_is_named(path, tmp_path, name):
    directory = copy_without(path, tmp_path / "model")
    whole = (directory / name).read_bytes()
    (directory / name).write_bytes(whole[: len(whole) // 2])
    assert refusal(directory).startswith(
        f"--model_path '{directory}' holds no language model that runs on cpu: "
    )


def test_a_model_that_lacks_weights_is_not_filled_up_with_random_ones(path, tmp_path):
    directory = copy_without(path, tmp_path / "model")
    weights = load_file(directory / "model.safetensors")
    del weights["model.layers.1.self_attn.q_proj.weight"]
    save_file(weights, directory / "model.safetensors", {"format": "pt"})
    assert refusal(directory).endswith(
        "1 tensor missing, such as model.layers.1.self_attn.q_proj.weight"
    )


def test_code_that_comes_with_a_tokenizer_is_not_run_nor_asked_about(path, tmp_path, capfd):
    directory = copy_without(path, tmp_path / "model")
    file = directory / "tokenizer_config.json"
    config = json.loads(file.read_text())
    config |= {"tokenizer_class": "Own", "auto_map": {"AutoTokenizer": ["own.Own", "own.Own"]}}
    file.write_text(json.dumps(config))
    (directory / "own.py").write_text("open('ran', 'w')")
    assert "holds no language model" in refusal(directory)
    assert "[y/N]" not in "".join(capfd.readouterr())


def test_a_tokenizer_without_a_chat_template_is_named(path, tmp_path):
    directory = copy_without(path, tmp_path / "model")
    tokenizer = make_tokenizer()
    tokenizer.chat_template = None
    (directory / "chat_template.jinja").unlink(missing_ok=True)
    tokenizer.save_pretrained(directory)
    assert refusal(directory) == (f"--model_path '{directory}': its tokenizer has no chat template")


def test_a_conversation_that_is_too_long_is_one_line(path):
    """With the longest answer it would not fit; those before it are answered."""
    _, tokenizer = None, make_tokenizer()
    short = tokens_of(tokenizer, (Message("user", ""),)).shape[1]
    model = LocalModel(path, batch_size=1)
    fits = Message("user", "x" * (LONGEST - MAX_TOKENS - short))
    assert one(model, fits, sampling=SHORT).usage.prompt_tokens == LONGEST - MAX_TOKENS
    replies = model.chat(requests([TALK, (Message("user", f"{fits.content}x"),)]))
    next(replies)
    with pytest.raises(ModelRefused) as error:
        next(replies)
    assert str(error.value) == (
        f"tiny, local: a conversation of {LONGEST - MAX_TOKENS + 1} tokens is too long; "
        f"{LONGEST - MAX_TOKENS} and --max_tokens more fit into the model"
    )
    # and it can be asked again
    assert one(model, fits, sampling=SHORT).usage.prompt_tokens == LONGEST - MAX_TOKENS


def test_of_a_conversation_that_is_too_long_transformers_says_nothing(path, tmp_path, caplog):
    """It would warn of errors in the model, which never reads such a conversation."""
    shutil.copytree(path, tmp_path / "tiny")
    tokenizer = make_tokenizer()
    tokenizer.model_max_length = LONGEST
    tokenizer.save_pretrained(tmp_path / "tiny")
    model = LocalModel(str(tmp_path / "tiny"))
    logger = logging.getLogger("transformers")
    logger.addHandler(caplog.handler)
    try:
        with pytest.raises(ModelRefused, match="is too long"):
            one(model, Message("user", "x" * LONGEST), sampling=SHORT)
    finally:
        logger.removeHandler(caplog.handler)
    assert caplog.records == []


@pytest.mark.parametrize("window", [4, 40])
def test_a_model_with_sliding_window_attention_is_refused(tmp_path, window):
    """It would say something else here than where it is served, however wide the window is."""
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=258, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=LONGEST,
        initializer_range=0.3, sliding_window=window, bos_token_id=256, eos_token_id=257, pad_token_id=257,
    )  # fmt: skip
    MistralForCausalLM(config).save_pretrained(tmp_path / "narrow")
    make_tokenizer().save_pretrained(tmp_path / "narrow")
    assert refusal(tmp_path / "narrow") == (
        "--model_path: the model's kind of attention is not supported here; serve it and use "
        "--planner fastchat"
    )
