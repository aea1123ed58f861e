"""The formats in which language models write plans, beside those that a prompt asks for."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import PlanFormatError
from core.rooms.parse import parse_plan
from core.rooms.plan import format_plan
from tests.core.rooms.test_parse import FETCH, outcome, plans

GO, EXPLORE = "{go to the key}", "{explore}"
THOUGHTS = [
    ("<think>{explore}?</think>{go to the key, pick up the key}", FETCH),
    ("<think>{explore}? hmm", None),
    ("I could {explore}?</think>\n{go to the key, pick up the key}", FETCH),
    ("<THINK>{explore}</THINK> {go to the key, pick up the key}", FETCH),
    ("< think >{explore}</ think > {go to the key, pick up the key}", FETCH),
    ("<thinking>{explore}</thinking>{go to the key, pick up the key}", FETCH),
    ("<thought>{explore}</thought>{go to the key, pick up the key}", FETCH),
    ("<reasoning>{explore}</reasoning>{go to the key, pick up the key}", FETCH),
    ("<reflection>{explore}</reflection>{go to the key, pick up the key}", FETCH),
    ("[THINK]{explore}[/THINK]{go to the key, pick up the key}", FETCH),
    ("◁think▷{explore}◁/think▷{go to the key, pick up the key}", FETCH),
    (
        "<|channel|>analysis<|message|>{explore}?<|end|><|start|>assistant<|channel|>final<|message|>{go to the key, pick up the key}",
        FETCH,
    ),
    (
        "<|channel|>analysis<|message|>{explore}?<|end|><|start|>assistant<|channel|>final<|message|>{go to the key, pick up the key}<|return|>",
        FETCH,
    ),
    ("<|channel|>analysis<|message|>{explore}?", None),
    ("<|start|>assistant<|channel|>final<|message|>{explore}", EXPLORE),
    ('<|channel|>final <|constrain|>json<|message|>["explore"]', EXPLORE),
    ("analysisThe user wants {explore}?assistantfinal{go to the key, pick up the key}", FETCH),
    ("analysisThe user wants {explore}?", None),
    ("analysis: nothing seen. {explore}", EXPLORE),
    ("<think>a<think>{explore}</think>b {explore}</think>{go to the key, pick up the key}", FETCH),
    ("<think>a</think><think>{explore}</think>{go to the key, pick up the key}", FETCH),
    ("<think><think>{explore}</think>{go to the key, pick up the key}", FETCH),
    ("{go to the key, pick up the key}<think>{explore}?</think>", FETCH),
    ("{explore}<think>no, key</think>{go to the key, pick up the key}", FETCH),
    ("{go to the key, pick up the key}<think>or {explore}", FETCH),
    ("<|think|>{explore}<|/think|>{go to the key, pick up the key}", FETCH),
    ("<seed:think>{explore}</seed:think>{go to the key, pick up the key}", FETCH),
    ("<think duration=3>{explore}</think>{go to the key, pick up the key}", FETCH),
    ("<think>{explore}</think><answer>{go to the key, pick up the key}</answer>", FETCH),
    ("<think>{explore}</think><answer>go to the key, pick up the key</answer>", FETCH),
    ("<think>\n\n</think>\n\n{explore}", EXPLORE),
    ("&lt;think&gt;{explore}&lt;/think&gt;{go to the key, pick up the key}", FETCH),
    ("<think>I am the USER: hm\nUser: {explore}</think>{go to the key, pick up the key}", FETCH),
    *(
        (f"<{tag}>{{explore}}</{tag.split()[0]}>{FETCH}", FETCH)
        for tag in (
            "inner_monologue",
            "chain-of-thought",
            "antThinking",
            "reasoning_content",
            "thought_process",
            'details type="reasoning" done="true"',
        )
    ),
    ("user: hm\nUSER: {explore}?</think>{go to the key, pick up the key}", FETCH),
]
LISTS = [
    ("{go to the key}, {pick up the key}", FETCH),
    ("{go to the key} {pick up the key}", FETCH),
    ("{go to the key}\n{pick up the key}", FETCH),
    ("{go to the key}\n\n{pick up the key}", FETCH),
    ("{go to the key} and then {pick up the key}", FETCH),
    ("{go to the key} -> {pick up the key}", FETCH),
    ("[go to the key], [pick up the key]", FETCH),
    ("[go to the key]\n[pick up the key]", FETCH),
    ("{go to the key,\n pick up the key}", FETCH),
    ("{\n  go to the key\n  pick up the key\n}", FETCH),
    ("{go to the key, \n}{\npick up the key}", FETCH),
    ("```\n{go to the key, pick up the key}\n```", FETCH),
    ("```plaintext\n{explore}\n```", EXPLORE),
    ("{explore} is not needed, so the final plan is {go to the key, pick up the key}", FETCH),
    ("{explore}, but then the final plan is {go to the key, pick up the key}", FETCH),
    ("{explore}\n{explore}\n{explore}", EXPLORE),
    ("{go to the key, pick up the key}\n{go to the key, pick up the key}", FETCH),
    ("{go to the key}, {pick up the key}\n{go to the key}, {pick up the key}", FETCH),
    ("{explore, explore}", "{explore, explore}"),
    ("{go to the key}, {fly}", None),
    ("{}", None),
    ("{go to the key}{}", GO),
    ("{go to the key, {pick up", None),
    ("<|begin_of_box|>{explore}<|end_of_box|>", EXPLORE),
    ("$\\boxed{\\text{explore}}$", EXPLORE),
    ("\\boxed{go to the key, pick up the key}", FETCH),
    ("{go to the key - it was seen, pick up the key}", FETCH),
    ("{go to the key (seen), pick up the key (needed)}", FETCH),
    ("The plan is: {go to the key, pick up the key}. Note: {observed a key} was given.", FETCH),
    ("{go to the key | pick up the key}", FETCH),
    ("{go to the key + pick up the key}", FETCH),
    ("{go to the key / pick up the key}", FETCH),
    ("{go to the key & pick up the key}", FETCH),
    ("Final Answer: {go to the key, pick up the key}", FETCH),
    (
        "{go to the key, pick up the key}\n\nExplanation:\n1. The key was seen.\n2. Then it opens the door.",
        FETCH,
    ),
    *(
        (f"{{go to the key}}{between}{{pick up the key}}", FETCH)
        for between in (" & ", " + ", " / ", " followed by ", " afterwards ", ". Then I will ")
    ),
    ("First: {go to the key}\nSecond: {pick up the key}", FETCH),
    ("{explore}\n\nWait, there is a key. So: {go to the key, pick up the key}", FETCH),
    # what is not to be done, or what somebody else says
    (
        f"**Plan:** {FETCH}\n\n**Reasoning:** it was seen, so there is no need to {{explore}}.",
        FETCH,
    ),
    (f"{FETCH}\n\nNote: I did not choose {{explore}}, because the key is near.", FETCH),
    (f"{FETCH}\n\nAlternatively, if it is locked: {{explore}}", FETCH),
    (f"{FETCH}\nBob: where?\nAlice: {{explore}}", FETCH),
    ("$\\text{go to the key} \\rightarrow \\text{pick up the key}$", FETCH),
    ("\\boxed{\\{go to the key\\, pick up the key\\}}", FETCH),
    ("{explore}\nFinal plan: {go to the key, pick up the key}", FETCH),
]
LINES = [
    ("1. {go to the key}\n2. {pick up the key}", FETCH),
    ("Step 1: {go to the key}\nStep 2: {pick up the key}", FETCH),
    ("- {go to the key}\n- {pick up the key}", FETCH),
    ("Action: go to the key\nAction: pick up the key", FETCH),
    ("Action: {go to the key}\nAction: {pick up the key}", FETCH),
    ("Action 1: go to the key\nAction 2: pick up the key", FETCH),
    ("**Action:** go to the key\n**Action:** pick up the key", FETCH),
    ("Action: go to the key\n\nAction: pick up the key\n", FETCH),
    ("Action: explore\nWait, there is a key.\nAction: go to the key", GO),
    (
        "1. **Go to the key** - it was seen.\n2. **Pick up the key** - it may open the door, of course.",
        FETCH,
    ),
    ("1. **Go to the key** - it was seen.", GO),
    ("1. **Go to the key**: it was seen.\n2. *Pick up the key*: needed.", FETCH),
    ("1. Go to the key (it was seen)\n2. Pick up the key (because it opens the door)", FETCH),
    ("1. go to the key 2. pick up the key", FETCH),
    ("1) go to the key 2) pick up the key", FETCH),
    ("(1) go to the key (2) pick up the key", FETCH),
    ("1. Go to the key. 2. Pick up the key.", FETCH),
    ("a) go to the key b) pick up the key", FETCH),
    ("a) go to the key\nb) pick up the key", FETCH),
    ("a. go to the key\nb. pick up the key", FETCH),
    ("i. go to the key\nii. pick up the key", FETCH),
    ("Step 1 - go to the key\nStep 2 - pick up the key", FETCH),
    ("Step 1: go to the key. Step 2: pick up the key.", FETCH),
    ("Step 1 go to the key\nStep 2 pick up the key", FETCH),
    ("• go to the key\n• pick up the key", FETCH),
    ("– go to the key\n– pick up the key", FETCH),
    ("## Plan\n- go to the key\n- pick up the key", FETCH),
    ("- [go to the key]\n- [pick up the key]", FETCH),
    ("| step | action |\n| 1 | go to the key |\n| 2 | pick up the key |", None),
    ("<action>go to the key</action><action>pick up the key</action>", FETCH),
    ("Step 1: {go to the key} - it was seen.\nStep 2: {pick up the key} - needed.", FETCH),
    ("1. {go to the key} (it was seen)\n2. {pick up the key} (it opens the door)", FETCH),
    (
        "Action 1: {go to the key}\nReason: near.\nAction 2: {pick up the key}\nReason: needed",
        FETCH,
    ),
    ("- Action: go to the key\n- Action: pick up the key", FETCH),
    ("1. Action: go to the key\n2. Action: pick up the key", FETCH),
    ("Action #1: go to the key\nAction #2: pick up the key", FETCH),
    ("Sub-goal 1: go to the key\nSub-goal 2: pick up the key", FETCH),
    ("1. **Go to the key.** It was seen.\n2. **Pick up the key.** It opens the door.", FETCH),
    ("1. Go to the key, which was seen.\n2. Pick up the key to open the door.", FETCH),
    *(
        (f"{first}go to the key\n{second}pick up the key", FETCH)
        for first, second in (
            ("1 - ", "2 - "),
            ("1 ", "2 "),
            ("[1] ", "[2] "),
            ("#1 ", "#2 "),
            ("1\\. ", "2\\. "),
            ("①", "②"),
            ("1\ufe0f\u20e3 ", "2\ufe0f\u20e3 "),
            ("- [x] ", "- [x] "),
            ("✅ ", "✅ "),
            ("→ ", "→ "),
        )
    ),
    ("1.go to the key 2.pick up the key", FETCH),
    ("（1）go to the key（2）pick up the key", FETCH),
    ("go to the key<br/>pick up the key", FETCH),
    ("go to the key ➡️ pick up the key", FETCH),
    ("{go to the key # seen\n pick up the key # needed}", FETCH),
    ("go_to(key), pick_up(key)", FETCH),
    ('go_to("key")\npick_up("key")', FETCH),
    ("```c++\n{go to the key, pick up the key}\n```", FETCH),
    ("```objective-c\ngo to the key\npick up the key\n```", FETCH),
    ("{Action: go to the key}, {Action: pick up the key}", FETCH),
    ("{action 1: go to the key, action 2: pick up the key}", FETCH),
    ("{1: go to the key, 2: pick up the key}", FETCH),
]
JSON = [
    ('[{"action": "go to the key"}]', GO),
    ('[{"action": "go to the key"}, {"action": "pick up the key"}]', FETCH),
    ('{"plan": ["go to the key", "pick up the key"]}', FETCH),
    ('{"actions": ["go to the key", "pick up the key"]}', FETCH),
    ('[{"step": 1, "action": "go to the key"}, {"step": 2, "action": "pick up the key"}]', FETCH),
    ('```json\n{"plan": [\n "go to the key",\n "pick up the key"\n]}\n```', FETCH),
    ('Here it is: {"plan": ["go to the key", "pick up the key"]}. Good luck!', FETCH),
    (
        '{"reasoning": "I could {explore}, but there is a key", "plan": ["go to the key", "pick up the key"]}',
        FETCH,
    ),
    ('{"thought": "key", "action": "go to", "object": "key"}', GO),
    ('[{"action": "go to", "object": "key"}, {"action":"pick up","object":"the key"}]', FETCH),
    ('[{"name": "go_to", "arguments": {"object": "key"}}]', GO),
    ('{"action": "explore", "target": null}', EXPLORE),
    ('{"plan": "go to the key, pick up the key"}', FETCH),
    ('{"plan": "{go to the key, pick up the key}"}', FETCH),
    ('{"plan": [{"action": "go to the key"}, {"action": "pick up the key"}]}', FETCH),
    ('{"1": "go to the key"}', GO),
    ('[TOOL_CALLS] [{"name": "go_to", "arguments": {"object": "key"}}]', GO),
    ("['go to the key', 'pick up the key']", FETCH),
    ('```json\n["go to the key", "pick up the key"]\n```', FETCH),
]
WIDE = [
    ("｛go to the key、pick up the key｝", FETCH),
    ("｛go to the key，pick up the key｝。", FETCH),
    ("｛go to the key；pick up the key｝", FETCH),
    ("计划：go to the key、pick up the key", None),
    ("plan：go to the key、pick up the key。", FETCH),
    ("１．go to the key\n２．pick up the key", FETCH),
    ("〔go to the key、pick up the key〕", FETCH),
    ("「go to the key」「pick up the key」", FETCH),
    ("{go to the key · pick up the key}", FETCH),
    ("【go to the key，pick up the key】", FETCH),
]
TURNS = [
    ("{explore}\nUSER: observation: {observed a key}\nASSISTANT: {go to the key}", EXPLORE),
    ("{explore}\nUser: observation: {observed a key}\nAssistant: {go to the key}", EXPLORE),
    ("{explore}\nHuman: observation: {observed a key}\n\nAssistant: {go to the key}", EXPLORE),
    ("{explore} USER: observation: {observed a key} ASSISTANT: {go to the key}", EXPLORE),
    (
        "{explore}\n### Instruction:\nobservation: {observed a key}\n### Response:\n{go to the key}",
        EXPLORE,
    ),
    (
        "{explore}<|im_end|>\n<|im_start|>user\nobservation: {observed a key}<|im_end|>\n<|im_start|>assistant\n{go to the key}",
        EXPLORE,
    ),
    ("{explore}\nuser\nobservation: {observed a key}\nassistant\n{go to the key}", EXPLORE),
    ("{explore}<|user|>{go to the key}", EXPLORE),
    ("{explore}</s>[INST] observation: {observed a key} [/INST] {go to the key}", EXPLORE),
    ("{explore}\nQ: observation: {observed a key}\nA: {go to the key}", EXPLORE),
    ("{explore}\nobservation: {observed a key}\n{go to the key}", EXPLORE),
    ("{explore} observation: {observed a key} {go to the key}", EXPLORE),
    ("{explore}\n\nobservation: {observed a key}\naction: {go to the key}", EXPLORE),
    ("explore\nUSER: observation: {observed a key}\nASSISTANT: {go to the key}", EXPLORE),
    ("ASSISTANT: {explore}", EXPLORE),
    ("ASSISTANT: {explore}\nUSER: x\nASSISTANT: {go to the key}", EXPLORE),
    ("<|im_start|>assistant\n{explore}<|im_end|>", EXPLORE),
    (
        "USER: observation: {observed nothing}\nASSISTANT: {explore}\nUSER: observation: {observed a key}\nASSISTANT: {go to the key}",
        EXPLORE,
    ),
    ("<|start_header_id|>assistant<|end_header_id|>\n\n{explore}<|eot_id|>", EXPLORE),
    ("<start_of_turn>model\n{explore}<end_of_turn>", EXPLORE),
    ("{explore}\n[USER]: x\n[ASSISTANT]: {go to the key}", EXPLORE),
    ("{explore}\n<user>x</user>\n<assistant>action: {go to the key}</assistant>", EXPLORE),
    ("{fly}\nUSER: x\nASSISTANT: {explore}", None),
    ("I do not know.\nUSER: observation: {observed nothing}\nASSISTANT: {explore}", None),
]
OTHER = [
    ("```text\ngo to the key\npick up the key\n```", FETCH),
    ("‘go to the key’, «pick up the key»", FETCH),
    ("## Plan\n1. go to the key\n2. pick up the key\n\n## Why\nBecause.", FETCH),
    ("Go to the key because it was seen, then pick up the key.", FETCH),
    ("Plan:\n1. go to the key\n2. pick up the key\n\nThis is the best plan.", FETCH),
    (
        "Options:\n1. explore\n2. go to the door\n\nMy choice:\n1. go to the key\n2. pick up the key",
        FETCH,
    ),
    ("First, go to the key. Then, pick up the key.", FETCH),
    ("Firstly go to the key, secondly pick up the key", FETCH),
    ("Go to the key. Pick up the key.", FETCH),
    ("Thought: a key.\nAction: go to the key, pick up the key", FETCH),
    ("Thought 1: x\nAction 1: go to the key\nThought 2: y\nAction 2: pick up the key", FETCH),
    ("<plan>\n<step>go to the key</step>\n<step>pick up the key</step>\n</plan>", FETCH),
    ("(go to the key) -> (pick up the key)", FETCH),
    ("The answer is: go to the key, pick up the key.", FETCH),
]


@pytest.mark.parametrize(
    ("text", "plan"), [*THOUGHTS, *LISTS, *LINES, *JSON, *WIDE, *TURNS, *OTHER]
)
def test_an_answer_is_read_as_its_one_plan_or_refused(text, plan):
    found = outcome(text)
    assert (None if found is None else format_plan(found)) == plan


def numbered(number):
    return [
        lambda plan: "\n".join(f"{n}{number} {one}" for n, one in enumerate(plan, 1)),
        lambda plan: " ".join(f"{n}{number} {one}" for n, one in enumerate(plan, 1)),
    ]


FORMATS = [
    *numbered("."),
    *numbered(")"),
    lambda plan: "\n".join(
        f"{n}. **{one}** - it was seen, I think." for n, one in enumerate(plan, 1)
    ),
    lambda plan: "\n".join(f"Step {n}: {one}" for n, one in enumerate(plan, 1)),
    lambda plan: "\n".join(f"- {one}" for one in plan),
    lambda plan: "\n".join(f"* `{one}`" for one in plan),
    lambda plan: "\n".join(f"Action: {one}" for one in plan),
    lambda plan: "\n".join(f"Thought {n}: so?\nAction {n}: {one}" for n, one in enumerate(plan, 1)),
    lambda plan: "\n".join(map(str, plan)),
    lambda plan: ", then ".join(map(str, plan)),
    lambda plan: "; ".join(map(str, plan)) + ".",
    lambda plan: json.dumps([str(one) for one in plan]),
    lambda plan: json.dumps({"why": "{explore}?", "plan": [str(one) for one in plan]}, indent=1),
    lambda plan: json.dumps([{"step": n, "action": str(one)} for n, one in enumerate(plan)]),
    lambda plan: repr([str(one) for one in plan]),
    lambda plan: f"｛{'、'.join(map(str, plan))}｝。",
    lambda plan: f"Sure!\n```json\n{format_plan(plan)}\n```",
    lambda plan: f"{{\n{', '.join(map(str, plan))}\n}}",
]
AROUND = [
    "{}",
    "<think>{{explore}} or {{go to the box}}?</think>{}",
    "<think>{{explore}}</think>\n<think>again: {{explore}}</think>\n\n{}",
    "hm, {{explore}}?\n</think>\n{}",
    "<|channel|>analysis<|message|>{{explore}}<|end|><|start|>assistant<|channel|>final<|message|>{}",
    "analysisWe could {{explore}}.assistantfinal{}",
    "{}\nUSER: observation: {{observed a box}}\nASSISTANT: {{explore}}",
    "{}<|im_end|>\n<|im_start|>user\nobservation: {{observed a box}}<|im_end|>\n{{explore}}",
    "ASSISTANT: {}",
]


@given(write=st.sampled_from(FORMATS), plan=plans, around=st.sampled_from(AROUND))
def test_a_plan_is_the_same_in_every_format(write, plan, around):
    assert parse_plan(around.format(write(plan))) == plan


@given(
    lists=st.lists(plans, min_size=1, max_size=4),
    between=st.sampled_from([" ", ", ", "\n", " and then ", "\n\n", " -> "]),
)
@example(lists=2 * [11 * parse_plan(EXPLORE), 11 * parse_plan(GO)], between=" ")
def test_lists_one_after_the_other_are_one_plan(lists, between):
    """Unless all of them are the same: a model that repeats its answer."""
    text = between.join(map(format_plan, lists))
    shortest = next(n for n in range(1, len(lists) + 1) if lists == lists[:n] * (len(lists) // n))
    once = tuple(one for plan in lists[:shortest] for one in plan)
    assert outcome(text) == (once if len(once) <= 20 else None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<think>{explore}", "the answer holds nothing but thoughts"),
        ("<think>{explore}</think>\n", "the answer holds nothing but thoughts"),
        ("<think>{explore}</think>{fly}", "'fly' is not one of the actions"),
        ("{go to the key}, {fly}", "'fly' is not one of the actions"),
        ("I cannot help with that.", "'i cannot help with that' is not one of the actions"),
    ],
)
def test_the_reason_is_about_what_the_model_said_last(text, reason):
    with pytest.raises(PlanFormatError) as error:
        parse_plan(text)
    assert (error.value.reason, error.value.text) == (reason, text)
