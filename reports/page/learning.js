// ---------------------------------------------------------------- what was learned from training cases

const learners = data.runs.map((_, i) => i).filter((i) => data.runs[i].learning || data.runs[i].lessons);
const shownLearning = { run: 0, name: "" };
const CHANGES = { none: "no usable answer", create: "new", update: "rewritten", note: "note", prune: "pruned" };
const percent = (share) => `${Number((100 * share).toPrecision(4))} %`;
const link = (text, title, act) => {
  const button = element("button", { type: "button", className: "link", textContent: text, title });
  button.addEventListener("click", act);
  return button;
};

function costOf({ llm_calls, prompt_tokens, completion_tokens, cache_hits }) {
  const tokens = prompt_tokens + completion_tokens;
  if (tokens) return `${tokens.toLocaleString("en")} tokens`;
  return llm_calls ? `${llm_calls} calls` : cache_hits ? "cache" : "no calls";
}

// show an episode in the player: of one of its steps, or of a function
function showEpisode(number, which, step = 0, name = "") {
  choose(number, which, name);
  goTo(step);
  find("player").scrollIntoView();
}

function candidateRow(number, { best, is_finished }, one) {
  const { score } = one;
  const isBest = one.name === best;
  const shown = (value) => (score ? value(score) : "–");
  const name = one.episode === null ? one.name : link(one.name, "its episodes in the training cases", () => showEpisode(number, one.episode));
  const sign = isBest ? [element("small", { className: "good", textContent: is_finished ? "chosen" : "best so far" })] : [];
  const made = one.name === "base" ? "no functions" : `${CHANGES[one.change]}${one.changed.length ? `: ${one.changed.join(", ")}` : ""}`;
  const row = element("tr", { className: isBest ? "differs" : "" },
    element("th", {}, name, ...sign),
    ...[one.parent || "–", made].map((textContent) => element("td", { textContent })),
    ...[
      shown((score) => percent(score.success)), shown((score) => score.num_decisions),
      shown((score) => score.num_calls), shown((score) => score.num_successful_calls),
      shown((score) => score.step_correction.toFixed(2)), shown((score) => score.call_ratio.toFixed(2)),
      shown((score) => score.total.toFixed(2)), one.refusals.length, costOf(one.learning), costOf(one.testing),
    ].map((textContent) => element("td", { className: "number", textContent })));
  return row;
}

function fillRefusals({ candidates }) {
  const refused = candidates.filter((one) => one.refusals.length);
  find("refusals").hidden = !refused.length;
  find("refused").replaceChildren(...refused.flatMap((one) => one.refusals.map((reason) =>
    element("li", {}, element("b", { textContent: `${one.name} ` }), reason))));
}

function sourceList(lines) {
  return element("ol", { className: "source" }, ...lines.map(({ text, is_new }) =>
    element("li", { className: is_new ? "new" : "" }, element("code", { textContent: text }))));
}

function versionColumn(version, learning, isChosen) {
  const candidate = learning.candidates.find((one) => one.name === version.candidate);
  const { score } = candidate;
  const facts = [`candidate ${version.candidate}${version.parent ? `, from ${version.parent}` : ""}`];
  if (score) facts.push(`score ${score.total.toFixed(2)}`, `${percent(score.success)} solved`, `${score.num_successful_calls} of ${score.num_calls} calls successful`);
  facts.push(`learner: ${costOf(candidate.learning)}`);
  const notes = version.notes.map(({ text, is_new }) => element("p", { className: is_new ? "learned-note new" : "learned-note" }, element("b", { textContent: "note " }), text));
  return element("section", { className: "version", tabIndex: 0 },
    element("h4", { textContent: `version ${version.number}, ${CHANGES[version.change]}` }),
    ...(isChosen ? [element("small", { className: "good", textContent: "in the winner" })] : []),
    element("small", { textContent: facts.join(" · ") }),
    element("p", {}, element("code", { textContent: version.signature })),
    ...(version.description ? [element("p", { textContent: version.description })] : []),
    ...notes, sourceList(version.source));
}

function failureColumn(number, version) {
  const { failure } = version;
  const seen = failure.episode === null ? [] : [link("the episode", "in the player, at this decision", () => showEpisode(number, failure.episode, failure.step))];
  const why = failure.where || failure.reason ? [element("p", { className: "bad", textContent: [failure.where, failure.reason].filter(Boolean).join(": ") })] : [];
  return element("aside", { className: "between failure" },
    element("h4", { textContent: `failure of ${version.parent}` }),
    element("small", {}, `${failure.case} `, ...seen), ...why,
    element("pre", { textContent: failure.code }), element("pre", { textContent: failure.observation }));
}

function usesOf(number, name) {
  const uses = data.runs[number].episodes.filter((one) => !one.group && callsOf(one, name).length);
  const calls = uses.flatMap((one) => callsOf(one, name));
  return { episodes: uses.length, calls: calls.length, successful: calls.filter((step) => step.is_valid).length };
}

function chooseFunction(name) {
  const number = shownLearning.run;
  const { learning, episodes } = data.runs[number];
  const chosen = learning.functions.find((one) => one.name === name);
  shownLearning.name = name;
  for (const button of find("functions").children) button.setAttribute("aria-pressed", button.value === name);
  const all = episodes.filter((one) => !one.group).length;
  const { episodes: using, calls, successful } = usesOf(number, name);
  const first = episodes.findIndex((one) => callsOf(one, name).length);
  find("function-uses").replaceChildren(
    !chosen.is_kept ? "Not in the winner. "
      : calls ? `Called in ${using} of ${all} evaluation episodes: ${calls} decisions, ${successful} successful. `
      : `No decision of the ${all} evaluation episodes calls it by name. `,
    ...(first < 0 ? [] : [link("episodes that call it", "in the player", () => showEpisode(number, first, 0, name))]));
  const columns = (versions) => versions.flatMap((version, i) => [
    ...(version.failure ? [failureColumn(number, version)] : []),
    versionColumn(version, learning, chosen.is_kept && versions === chosen.history && i === versions.length - 1),
  ]);
  find("versions").replaceChildren(...columns(chosen.history));
  find("versions").hidden = !chosen.history.length;
  find("other-versions").hidden = !chosen.others.length;
  find("other-versions").open = !chosen.history.length;
  find("other-versions").firstElementChild.textContent = `${chosen.others.length} in candidates that were not chosen`;
  find("others").replaceChildren(...columns(chosen.others));
  find("versions").scrollTo(0, 0);
}

function fillFunctions({ functions }) {
  find("functions").replaceChildren(...functions.map(({ name, is_kept }) => {
    const button = element("button", { type: "button", value: name, title: is_kept ? "in the winner" : "not in the winner" },
      element("span", { textContent: `${is_kept ? "✓ " : ""}${name}` }));
    button.addEventListener("click", () => chooseFunction(name));
    return button;
  }));
  if (functions.length) return chooseFunction(functions[0].name);
  find("function-uses").textContent = "No candidate has a function.";
  for (const part of ["versions", "other-versions"]) find(part).hidden = true;
}

function lessonItems(number, { number: round, num_solved, num_cases, episode, case: name, text, is_used, usage }) {
  const head = element("small", {}, `round ${round}: ${num_solved} of ${num_cases} training cases solved · `,
    link("its episodes", "in the player", () => showEpisode(number, episode)));
  if (!name) return [element("li", {}, head)];
  const fate = is_used ? [] : [element("small", { className: "bad", textContent: "not used: empty or cut" })];
  return [element("li", {}, head), element("li", { className: "forced" },
    element("small", { textContent: `lesson from ${name} · learner: ${costOf(usage)}` }), ...fate, element("p", { textContent: text }))];
}

function chooseLearner(number) {
  shownLearning.run = number;
  find("learned-run").value = number;
  const { learning, lessons } = data.runs[number];
  find("learned-functions").hidden = !learning;
  find("learned-lessons").hidden = !lessons;
  if (lessons) find("lessons").replaceChildren(...lessons.flatMap((one) => lessonItems(number, one)));
  if (!learning) return;
  find("candidates").replaceChildren(...learning.candidates.map((one) => candidateRow(number, learning, one)));
  fillRefusals(learning);
  fillFunctions(learning);
}

function beginLearning() {
  if (!learners.length) return hideSection("learned");
  find("learned-run").replaceChildren(...learners.map((i) => new Option(data.runs[i].label, i)));
  find("learned-run").addEventListener("change", (event) => chooseLearner(Number(event.target.value)));
  find("learned-run").parentElement.hidden = learners.length === 1;
  chooseLearner(learners[0]);
}
