"""Tokenizers whose tokens can be read, and chat templates of several kinds."""

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CHATML_WITH_MASK = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' %}"
    "{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}"
    "{% else %}{{ m.content }}<|im_end|>{% endif %}{{ '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The same text; it says which of it an assistant wrote, as trl wants it."""
LLAMA = (
    "{% if messages[0].role == 'system' %}{% set rules = messages[0].content %}"
    "{% set turns = messages[1:] %}{% else %}{% set rules = '' %}{% set turns = messages %}{% endif %}"
    "{% for m in turns %}{% if m.role == 'user' %}"
    "<s>[INST] {% if loop.first and rules %}<<SYS>>\n{{ rules }}\n<</SYS>>\n\n{% endif %}"
    "{{ m.content.strip() }} [/INST]{% else %} {{ m.content.strip() }} </s>{% endif %}{% endfor %}"
)
"""As Llama 2's: no generation prompt, and spaces around an answer."""
GEMMA = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}<|im_start|>{{ 'model' if m.role == 'assistant' else 'user' }}\n"
    "{{ m.content | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>model\n{% endif %}"
)
"""As Gemma's: no system message."""
PLAIN = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
"""No token ends a turn."""
FORGETS_THOUGHTS = CHATML.replace(
    "{{ m.content }}",
    "{{ m.content if loop.last else m.content.split('</think>')[-1] }}",
)
"""As of reasoning models: of earlier answers only what follows the thought."""
FORGETS_TURNS = (
    "{% for m in messages[-2:] %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROL = ("<|im_start|>", "<|im_end|>", "<s>", "</s>")


def _fast(tokenizer, template, **special):
    from tokenizers import AddedToken
    from transformers import PreTrainedTokenizerFast

    tokenizer.add_special_tokens([AddedToken(word, special=True) for word in CONTROL])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>", **special
    )
    fast.chat_template = template
    return fast


def of_bytes(template=CHATML, merges=()):
    """Every byte is a token; its offsets leave out spaces, as those of many models do."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, *(one + other for one, other in merges)]
    bytewise = Tokenizer(models.BPE({word: n for n, word in enumerate(words)}, list(merges)))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.post_processor = processors.ByteLevel(trim_offsets=True)
    return _fast(bytewise, template)


def of_words(text, template=CHATML):
    """Every word of a text is a token, and what stands between words none."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = dict.fromkeys(["?", *text.split(), "system", "user", "assistant"])
    by_word = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="?"))
    by_word.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return _fast(by_word, template, unk_token="?")
