// ---------------------------------------------------------------- a text world, message by message

const PARTS = ["observation", "thought", "action"];

function tokensOf(step) {
  return step.prompt_tokens + step.completion_tokens;
}

function costsOf(step) {
  const parts = [];
  if (tokensOf(step)) parts.push(`${step.prompt_tokens} prompt + ${step.completion_tokens} completion tokens`);
  if (step.seconds) parts.push(`${step.seconds.toFixed(2)} s`);
  if (step.cache_hits) parts.push("from the cache");
  return parts.map((part) => ` · ${part}`).join("");
}

function part(name, text) {
  return element("p", { className: name }, element("b", { textContent: name }), element("span", { textContent: text }));
}

function answerOf(step) {
  const answer = element("details", { open: !step.is_valid }, element("summary", { textContent: "the model's answer" }),
    element("pre", { textContent: step.answer }));
  answer.addEventListener("click", (event) => event.stopPropagation());
  return answer;
}

function messageItem(step, number) {
  const head = element("small", { textContent: `step ${number}${costsOf(step)}` });
  if (step.reward) head.append(` · reward ${Number(step.reward.toPrecision(4))}`);
  if (step.functions.length) head.append(` · calls ${step.functions.join(", ")}`);
  if (!step.is_valid)
    head.append(" · ", element("span", { className: "bad", textContent: step.action ? "invalid action" : "unreadable answer" }));
  const item = element("li", {}, head, ...PARTS.filter((name) => step[name]).map((name) => part(name, step[name])));
  if (step.answer.trim() && step.answer.trim() !== step.action) item.append(answerOf(step));
  item.classList.toggle("invalid", !step.is_valid);
  return item;
}

function itemsOf(played) {
  const items = played.steps.map((step, i) => ({ step: i, item: messageItem(step, i) }));
  const end = element("small", { textContent: "end · " }, element("span", {
    className: played.success ? "good" : "bad", textContent: textPlayer.end(played),
  }));
  const last = played.final_observation ? [part("observation", played.final_observation)] : [];
  return [...items, { step: items.length, item: element("li", {}, end, ...last) }];
}

function courseOfConversation(played) {
  const x = played.steps.map((_, i) => i);
  const bars = (name, part, color) => ({ x, y: played.steps.map((step) => step[part]), name, type: "bar", marker: { color } });
  const prompt = themeColor("--forced"), completion = themeColor("--chosen");
  return {
    traces: played.steps.some(tokensOf)
      ? [bars("prompt", "prompt_tokens", prompt), bars("completion", "completion_tokens", completion)] : [],
    legend: [["prompt tokens", prompt], ["completion tokens", completion]],
    axes: { yaxis: { title: "tokens", rangemode: "tozero" }, barmode: "stack" },
  };
}

const textPlayer = {
  last: (played) => played.steps.length,
  items: itemsOf,
  course: courseOfConversation,
  end: (played) => `${played.success ? "solved" : played.looped ? "not solved, repeated itself" : "not solved"}, score ${Number(played.score.toPrecision(4))}`,
  show(played, step, isOver) {
    const done = played.steps.slice(0, step + 1);
    const sum = (of) => done.reduce((total, one) => total + of(one), 0);
    return {
      goal: played.goal || "not told",
      now: isOver ? this.end(played) : played.steps[step].action || "unreadable answer",
      "model calls so far": sum((one) => one.llm_calls),
      "tokens so far": sum(tokensOf),
      "environment steps so far": sum((one) => one.primitive_steps),
      "invalid so far": sum((one) => !one.is_valid),
    };
  },
};
