"""What trl makes of the same conversations: the same mask in supervised tuning, another one in DPO."""

import pytest

from core.chat import Message
from core.trajectory import Pair
from tests.tuning import small_tokenizers as small
from tests.tuning.conversations import FIRST, RULES, turns_of
from tuning.encoding import ChatEncoder

pytestmark = [pytest.mark.llm, pytest.mark.slow]

pytest.importorskip("transformers", reason="make install-llm")
pytest.importorskip("trl", reason="make install-trl")

PROMPT = (RULES, FIRST)
CHOSEN = turns_of("go north", "You go.", "stop")
REJECTED = turns_of("wait")


@pytest.fixture(scope="module")
def tokenizer():
    return small.of_bytes(small.CHATML_WITH_MASK)


@pytest.fixture(scope="module")
def model(tokenizer):
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return LlamaForCausalLM(config)


def plain(messages: tuple[Message, ...]):
    return [message.to_json() for message in messages]


def rows(**columns):
    from datasets import Dataset

    return Dataset.from_dict({name: [value] for name, value in columns.items()})


def arguments(place):
    return {
        "output_dir": str(place), "report_to": [], "use_cpu": True, "bf16": False,
        "disable_tqdm": True, "gradient_checkpointing": False,
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_supervised_tuning_has_the_same_mask(tmp_path, model, tokenizer):
    """trl also has the line break after the last answer, without loss."""
    from trl import SFTConfig, SFTTrainer

    talk = (*PROMPT, *CHOSEN)
    trainer = SFTTrainer(
        model,
        SFTConfig(**arguments(tmp_path), assistant_only_loss=True),
        train_dataset=rows(messages=plain(talk)),
        processing_class=tokenizer,
    )
    batch = trainer.data_collator([trainer.train_dataset[0]])
    tokens, labels = batch["input_ids"][0].tolist(), batch["labels"][0].tolist()
    sample = ChatEncoder(tokenizer, 1000).encode(talk, len(PROMPT))
    length = len(sample.tokens)
    assert tokenizer.decode(tokens[length:]) == "\n"
    assert tokens[:length] == list(sample.tokens)
    carries = [label != -100 for label in labels]
    assert carries == [*sample.is_answer, False]


@pytest.mark.filterwarnings("ignore")
def test_its_dpo_has_loss_on_observations(tmp_path, model, tokenizer):
    """All that follows the prompt counts there, so its trainer is not used here."""
    import copy

    from trl import DPOConfig, DPOTrainer

    pair = Pair("1", PROMPT, CHOSEN, REJECTED)
    trainer = DPOTrainer(
        model,
        copy.deepcopy(model),
        DPOConfig(**arguments(tmp_path)),
        train_dataset=rows(
            prompt=plain(pair.prompt), chosen=plain(pair.chosen), rejected=plain(pair.rejected)
        ),
        processing_class=tokenizer,
    )
    batch = trainer.data_collator([trainer.train_dataset[0]])
    tokens, mask = batch["input_ids"][0], batch["completion_mask"][0].bool()
    assert tokenizer.decode(tokens[mask]) == (
        "go north<|im_end|>\n<|im_start|>user\nYou go.<|im_end|>\n"
        "<|im_start|>assistant\nstop<|im_end|>\n"
    )
    sample = ChatEncoder(tokenizer, 1000).encode((*PROMPT, *CHOSEN), len(PROMPT))
    ours = [token for token, counts in zip(sample.tokens, sample.is_answer, strict=True) if counts]
    assert tokenizer.decode(ours) == "go north<|im_end|>stop<|im_end|>"
