// ---------------------------------------------------------------- a language model that was tuned

const tunedRuns = data.runs.map((_, i) => i).filter((i) => data.runs[i].tuned);
const shownTuned = { run: 0, set: 0, pair: 0 };
const tunedNow = () => data.runs[shownTuned.run].tuned;
const pairSetNow = () => tunedNow().pair_sets[shownTuned.set];
const ROUND_CHARTS = [
  { name: "success", title: "success", isShare: true },
  { name: "score", title: "score" },
];
const STAGE_CHARTS = [
  { name: "sft-loss", title: "supervised loss", curves: ["sft/loss"] },
  { name: "dpo-loss", title: "contrastive loss", curves: ["dpo/loss"] },
  { name: "margin", title: "margin", curves: ["dpo/margin"] },
  { name: "accuracy", title: "pairs with a margin above 0", curves: ["dpo/accuracy"], isShare: true },
  { name: "change", title: "change of the log-probability", curves: ["dpo/chosen_change", "dpo/rejected_change"] },
];
const SIDE_DASHES = { "dpo/rejected_change": "dot" };
const hasRounds = () => tunedNow().rounds.length > 1;
const stagesWith = ({ curves }) => tunedNow().stages.filter((stage) => curves.some((name) => stage.curves[name]));
const agentNow = (name) => tunedNow().agents.find((agent) => agent.name === name);
const controlsNow = () => tunedNow().agents.filter(({ role }) => role === "control");
const isRound = (stage) => agentNow(stage.agent).role === "round";

// ---------------------------------------------------------------- charts

function roundLine(part, name, color, dash) {
  const points = tunedNow().rounds.map((round, i) => [i, round[part][name]]).filter(([, estimate]) => estimate);
  const x = points.map(([i]) => i);
  const [mean, low, high] = [0, 1, 2].map((which) => points.map(([, estimate]) => estimate[which]));
  const end = (y, more) => ({ x, y, mode: "lines", line: { width: 0 }, hoverinfo: "skip", ...more });
  const band = part === "test" ? [end(low, {}), end(high, { fill: "tonexty", fillcolor: `${color}26` })] : [];
  return [...band, { x, y: mean, name: `${part} cases`, mode: "lines+markers", line: { color, width: 2, dash }, marker: { color, size: 7 } }];
}

// agents beside the rounds: the expert as a line, controls as marks behind the last round
function besideRounds(name) {
  const end = tunedNow().rounds.length - 1;
  const expert = agentNow("expert")?.test[name];
  const line = expert ? [{ x: [0, end], y: [expert[0], expert[0]], name: "expert", mode: "lines", line: { color: agentNow("expert").color, width: 2, dash: "dot" } }] : [];
  const marks = controlsNow().filter(({ test }) => test[name]).map(({ name: label, color, test }, i) => {
    const [mean, low, high] = test[name];
    return { x: [end + 0.05 * (i + 1)], y: [mean], name: literal(label), mode: "markers", marker: { color, size: 9 },
      error_y: { type: "data", symmetric: false, array: [high - mean], arrayminus: [mean - low], color, thickness: 1.5 } };
  });
  return [...line, ...marks];
}

function drawRounds() {
  const ticks = tunedNow().rounds.map((round) => literal(round.name));
  const { color } = agentNow(tunedNow().rounds.at(-1).name);
  for (const { name, title, isShare } of ROUND_CHARTS) {
    const lines = [...roundLine("test", name, color, "solid"), ...roundLine("dev", name, color, "dash"), ...besideRounds(name)];
    Plotly.react(find(`round-chart-${name}`), lines, layout(title, {
      xaxis: { tickvals: ticks.map((_, i) => i), ticktext: ticks, range: [-0.15, ticks.length - 0.75] },
      yaxis: { range: [-0.03, 1.04], ...(isShare ? { tickformat: ".0%" } : {}) },
    }), options);
  }
  const expert = agentNow("expert");
  fillKey(find("round-key"), [
    ["ETO, test cases with 95 % intervals", color], ["ETO, dev cases", color, "dashed"],
    ...(expert ? [["expert, test cases", expert.color, "dotted"]] : []),
    ...controlsNow().map((agent) => [`${agent.name}, test cases`, agent.color, "mark"]),
  ]);
}

function stageLine({ agent, color, curves }, name) {
  if (!curves[name]) return [];
  const [x, y] = curves[name];
  const width = Math.min(SMOOTHED, 1 + 2 * Math.floor(x.length / 20));
  const what = { "dpo/chosen_change": ", chosen", "dpo/rejected_change": ", rejected" }[name] ?? "";
  return [{ x, y: smooth(y, width), name: literal(agent + what), mode: x.length > 1 ? "lines" : "markers", line: { color, width: 2, dash: SIDE_DASHES[name] ?? "solid" } }];
}

function drawStages() {
  for (const chart of STAGE_CHARTS.filter((one) => stagesWith(one).length)) {
    const lines = stagesWith(chart).flatMap((stage) => chart.curves.flatMap((name) => stageLine(stage, name)));
    // a line where each round begins, as all rounds share a colour
    const starts = stagesWith(chart).filter(isRound).map(({ first_step: x }) => ({
      type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: themeColor("--faint"), width: 1, dash: "dot" },
    }));
    Plotly.react(find(`stage-chart-${chart.name}`), lines, layout(chart.title, {
      xaxis: { title: "gradient steps" }, shapes: starts,
      yaxis: chart.isShare ? { range: [0, 1.04], tickformat: ".0%" } : {},
    }), options);
  }
  const colors = new Map(tunedNow().stages.map((stage) => [isRound(stage) ? "rounds, each from a dotted line on" : stage.agent, stage.color]));
  const hasSides = stagesWith(STAGE_CHARTS.at(-1)).length > 0;
  const ink = themeColor("--ink");
  fillKey(find("stage-key"), [...colors, ...(hasSides ? [["chosen side", ink], ["rejected side", ink, "dotted"]] : [])]);
}

function drawTuned() {
  if (!tunedRuns.length) return;
  if (hasRounds()) drawRounds();
  drawStages();
}

// ---------------------------------------------------------------- pairs

// an answer and the observation after it are one item
function turnItems(turns) {
  const items = [];
  for (const { role, content } of turns) {
    const name = { system: "prompt", user: "observation", assistant: "answer" }[role];
    if (role !== "user" || !items.length) items.push(element("li", {}));
    items.at(-1).append(part(name, content));
  }
  return items;
}

function fillSide(name, { origin, turns }) {
  const items = turnItems(turns);
  if (items.length) {
    items[0].classList.add("difference");
    items[0].prepend(element("small", { textContent: "first difference" }));
  } else items.push(element("li", {}, element("small", { textContent: "ends here" })));
  find(`${name}-origin`).textContent = origin;
  find(`${name}-turns`).replaceChildren(...items);
  find(`${name}-turns`).scrollTo(0, 0);
}

function choosePair(number) {
  const { pairs } = pairSetNow();
  shownTuned.pair = Math.min(Math.max(number, 0), pairs.length - 1);
  find("pair-sides").hidden = !pairs.length;
  if (!pairs.length) return;
  const { common, chosen, rejected } = pairs[shownTuned.pair];
  find("pair").value = shownTuned.pair;
  const fold = find("pair-common");
  fold.firstElementChild.textContent = `the common beginning: ${common.length} message${common.length === 1 ? "" : "s"}`;
  fold.lastElementChild.replaceChildren(...turnItems(common));
  fillSide("chosen", chosen);
  fillSide("rejected", rejected);
}

function choosePairSet(number) {
  shownTuned.set = number;
  const { facts, pairs } = pairSetNow();
  find("pair-set").value = number;
  find("pair-facts").textContent = facts;
  find("pair").replaceChildren(...pairs.map((pair, i) => new Option(`${i + 1} of ${pairs.length}: ${pair.case}`, i)));
  choosePair(0);
}

const PAIR_KEYS = {
  n: () => choosePair(shownTuned.pair + 1),
  p: () => choosePair(shownTuned.pair - 1),
};

// ---------------------------------------------------------------- the section

function chooseTuned(number) {
  Object.assign(shownTuned, { run: number, set: 0, pair: 0 });
  find("tuned-run").value = number;
  const { stages, pair_sets } = tunedNow();
  find("tuned-rounds").hidden = !hasRounds();
  find("tuned-stages").hidden = !stages.length;
  find("tuned-pairs").hidden = !pair_sets.length;
  const place = (kind) => ({ name }) => element("div", { id: `${kind}-chart-${name}` });
  find("round-charts").replaceChildren(...ROUND_CHARTS.map(place("round")));
  find("stage-charts").replaceChildren(...STAGE_CHARTS.filter((one) => stagesWith(one).length).map(place("stage")));
  drawTuned();
  find("pair-set").replaceChildren(...pair_sets.map(({ agent }, i) => new Option(agent, i)));
  if (pair_sets.length) choosePairSet(Math.max(0, pair_sets.findIndex(({ pairs }) => pairs.length)));
}

function beginTuned() {
  if (!tunedRuns.length) return hideSection("tuned");
  find("tuned-run").replaceChildren(...tunedRuns.map((i) => new Option(data.runs[i].label, i)));
  find("tuned-run").addEventListener("change", (event) => chooseTuned(Number(event.target.value)));
  find("tuned-run").parentElement.hidden = tunedRuns.length === 1;
  for (const button of document.querySelectorAll("#tuned-table button"))
    button.addEventListener("click", () => showEpisode(Number(button.dataset.run), Number(button.dataset.episode)));
  find("pair-set").addEventListener("change", (event) => choosePairSet(Number(event.target.value)));
  find("pair").addEventListener("change", (event) => choosePair(Number(event.target.value)));
  find("pair-back").addEventListener("click", PAIR_KEYS.p);
  find("pair-on").addEventListener("click", PAIR_KEYS.n);
  chooseTuned(tunedRuns[0]);
}
