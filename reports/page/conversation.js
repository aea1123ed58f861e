// ---------------------------------------------------------------- a text world, message by message

const PARTS = ["observation", "thought", "action", "answer"];

function tokensOf(step) {
  return step.prompt_tokens + step.completion_tokens;
}

function costsOf(step) {
  const parts = [];
  if (tokensOf(step)) parts.push(`${step.prompt_tokens} + ${step.completion_tokens} tokens`);
  if (step.seconds) parts.push(`${step.seconds.toFixed(2)} s`);
  if (step.cache_hits) parts.push("from the cache");
  return parts.map((part) => ` · ${part}`).join("");
}

function messageItem(step, number) {
  const head = element("small", { textContent: `step ${number}${costsOf(step)}` });
  if (!step.is_valid) head.append(" · ", element("span", { className: "bad", textContent: "not a valid action" }));
  if (step.reward) head.append(` · reward ${Number(step.reward.toPrecision(4))}`);
  // an answer that is nothing but its action is not said twice
  const parts = PARTS.filter((part) => step[part] && !(part === "answer" && step.answer.trim() === step.action));
  const item = element("li", {}, head, ...parts.map((part) =>
    element("p", { className: part }, element("b", { textContent: part }), element("span", { textContent: step[part] }))));
  item.classList.toggle("invalid", !step.is_valid);
  return item;
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
  items: (played) => played.steps.map((step, i) => ({ step: i, item: messageItem(step, i) })),
  course: courseOfConversation,
  end: (played) => `${played.success ? "solved" : "not solved"}, score ${Number(played.score.toPrecision(4))}`,
  show(played, step, isOver) {
    const done = played.steps.slice(0, step + 1);
    const sum = (of) => done.reduce((total, one) => total + of(one), 0);
    return {
      goal: played.goal || "not told",
      now: isOver ? this.end(played) : played.steps[step].action || "no action",
      "model calls so far": sum((one) => one.llm_calls),
      "tokens so far": sum(tokensOf),
      "invalid so far": sum((one) => !one.is_valid),
    };
  },
};
