"""The contrastive loss is that of TRL, on pairs of one turn, where both train the same tokens."""

import warnings

import pytest
import torch

from tuning.batches import collate
from tuning.encoding import Sample, SamplePair
from tuning.objectives import Preference, pair_log_probs

pytestmark = [pytest.mark.llm, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    trl = pytest.importorskip("trl", reason="only here to be compared with")

from datasets import Dataset  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from tuning.tiny import make_tiny  # noqa: E402
from tuning.weights import Weights  # noqa: E402

CPU = torch.device("cpu")
TALKS = [
    ("which door?", "the red one", "no idea"),
    ("what now?", "open it", "go away from the door and wait"),
    ("and then?", "go in", "go out"),
]


def turns(role, text):
    return [{"role": role, "content": text}]


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Two models of other seeds: a policy and a reference."""
    texts = [text for talk in TALKS for text in talk]
    place = tmp_path_factory.mktemp("models")
    return [str(make_tiny("tiny:32x2", texts, place / str(seed), seed)) for seed in (0, 1)]


@pytest.fixture(scope="module")
def theirs(paths, tmp_path_factory):
    """TRL's batch, and its loss of it."""
    data = Dataset.from_list(
        [
            {
                "prompt": turns("user", prompt),
                "chosen": turns("assistant", chosen),
                "rejected": turns("assistant", rejected),
            }
            for prompt, chosen, rejected in TALKS
        ]
    )
    policy, reference = (AutoModelForCausalLM.from_pretrained(path) for path in paths)
    settings = trl.DPOConfig(
        output_dir=str(tmp_path_factory.mktemp("trl")),
        beta=5.0,
        per_device_train_batch_size=len(TALKS),
        use_cpu=True,
        bf16=False,
        report_to=[],
        gradient_checkpointing=False,
    )
    tokenizer = AutoTokenizer.from_pretrained(paths[0])
    trainer = trl.DPOTrainer(
        policy, reference, settings, train_dataset=data, processing_class=tokenizer
    )
    batch = next(iter(trainer.get_train_dataloader()))
    return batch, trainer.compute_loss(trainer.model, batch).item()


def as_pairs(batch):
    """TRL's rows as samples: chosen sides, then rejected ones."""
    rows = zip(batch["input_ids"], batch["attention_mask"], batch["completion_mask"], strict=True)
    samples = [
        Sample(tuple(tokens[real.bool()].tolist()), tuple(answer[real.bool()].bool().tolist()))
        for tokens, real, answer in rows
    ]
    return [
        SamplePair(*sides)
        for sides in zip(samples[: len(TALKS)], samples[len(TALKS) :], strict=True)
    ]


def test_the_loss_is_that_of_trl(paths, theirs):
    batch, expected = theirs
    pairs = as_pairs(batch)
    rows = collate([pair.chosen for pair in pairs] + [pair.rejected for pair in pairs], CPU)
    with torch.no_grad():
        policy, reference = (
            Weights(path, CPU, lora_rank=0, dtype="float32", seed=0).score(rows) for path in paths
        )
    before = pair_log_probs(reference)
    items = tuple(range(len(pairs)))
    part = Preference(pairs, before, 5.0, 0.0).part(items, items, policy)
    assert part.loss.item() == pytest.approx(expected, rel=1e-5)
    assert abs(expected - 0.6931) > 1e-3  # the models differ
