// ---------------------------------------------------------------- trials of a run

const tried = data.runs.filter((run) => run.trials);
const TRIAL_CHARTS = [
  { name: "success", title: "solved so far", isShare: true },
  { name: "answers", title: "model answers per case" },
  { name: "tokens", title: "tokens per case" },
];
const isTaken = ({ name }) => tried.some((run) => run.trials.by_trial[name].some((estimate) => estimate.mean));
const shownCase = { run: 0, case: 0 };
const caseNow = () => tried[shownCase.run].trials.cases[shownCase.case];

function bandOf(run, name) {
  const estimates = run.trials.by_trial[name];
  const x = estimates.map((_, trial) => trial);
  const end = (which, more) => ({ x, y: estimates.map((one) => one[which]), mode: "lines", line: { width: 0 }, hoverinfo: "skip", ...more });
  return [
    end("low", {}),
    end("high", { fill: "tonexty", fillcolor: `${run.color}26` }),
    { x, y: estimates.map((one) => one.mean), name: literal(run.label), mode: "lines+markers",
      line: { color: run.color, width: 2, dash: DASHES[run.dash % DASHES.length] }, marker: { color: run.color, size: 7 } },
  ];
}

function drawTrials() {
  const shown = tried.filter((run) => !hidden.has(run));
  for (const { name, title, isShare } of TRIAL_CHARTS.filter(isTaken)) {
    Plotly.react(find(`trial-chart-${name}`), shown.flatMap((run) => bandOf(run, name)), layout(title, {
      xaxis: { title: "trial", dtick: 1 },
      yaxis: isShare ? { range: [0, 1.04], tickformat: ".0%" } : { rangemode: "tozero" },
    }), options);
  }
}

function fateOf({ attempts }) {
  const end = attempts.at(-1);
  if (!end) return "solved before the first trial here";
  return end.solved ? `solved in trial ${end.trial}` : `not solved in ${attempts.length} trial${attempts.length > 1 ? "s" : ""}`;
}

function attemptColumn(attempt, played) {
  const tokens = played.steps.reduce((sum, step) => sum + tokensOf(step), 0);
  const facts = [textPlayer.end(played), `${played.steps.length} steps`, ...(tokens ? [`${tokens} tokens`] : [])];
  if (attempt.solved !== played.success) facts.push(attempt.solved ? "counted as solved" : "not counted as solved");
  return element("section", { className: "attempt", tabIndex: 0 },
    element("h4", { textContent: `trial ${attempt.trial}` }),
    element("small", { className: attempt.solved ? "good" : "bad", textContent: facts.join(" · ") }),
    element("ol", { className: "said" }, ...itemsOf(played).map(({ item }) => item)));
}

function noteColumn({ trial, note, note_is_used }) {
  const fate = note_is_used ? [] : [element("small", { className: "bad", textContent: "not used: empty or cut" })];
  return element("aside", { className: "between" },
    element("h4", { textContent: `note after trial ${trial}` }), ...fate, element("p", { textContent: note }));
}

function chooseCase(run, number) {
  const cases = tried[run].trials.cases;
  if (run !== shownCase.run || !find("trial-case").length)
    find("trial-case").replaceChildren(...cases.map((one, i) => new Option(`${one.name} (${fateOf(one)})`, i)));
  Object.assign(shownCase, { run, case: Math.min(Math.max(number, 0), cases.length - 1) });
  find("trial-run").value = run;
  find("trial-case").value = shownCase.case;
  find("case-fate").textContent = fateOf(caseNow());
  const columns = caseNow().attempts.flatMap((attempt) => [
    attemptColumn(attempt, tried[run].episodes[attempt.episode]), ...(attempt.note !== null ? [noteColumn(attempt)] : []),
  ]);
  find("attempts").replaceChildren(...columns);
  find("attempts").scrollTo(0, 0);
}

// the attempt before or after the one at the left edge comes to the edge
function scrollTrials(by) {
  const place = find("attempts");
  const lefts = [...place.querySelectorAll(".attempt")].map((column) => column.offsetLeft - place.offsetLeft);
  const at = lefts.findLastIndex((left) => left <= place.scrollLeft + 1);
  place.scrollTo({ left: lefts[Math.min(Math.max(at + by, 0), lefts.length - 1)] ?? 0 });
}

const TRIAL_KEYS = {
  ArrowLeft: () => scrollTrials(-1),
  ArrowRight: () => scrollTrials(1),
  n: () => chooseCase(shownCase.run, shownCase.case + 1),
  p: () => chooseCase(shownCase.run, shownCase.case - 1),
};

function beginTrials() {
  if (!tried.length) return hideSection("trials");
  find("trial-charts").replaceChildren(...TRIAL_CHARTS.filter(isTaken).map(({ name }) => element("div", { id: `trial-chart-${name}` })));
  fillLegend(find("trial-legend"), tried, drawTrials);
  find("trial-run").replaceChildren(...tried.map((run, i) => new Option(run.label, i)));
  find("trial-run").addEventListener("change", (event) => chooseCase(Number(event.target.value), shownCase.case));
  find("trial-case").addEventListener("change", (event) => chooseCase(shownCase.run, Number(event.target.value)));
  find("case-back").addEventListener("click", TRIAL_KEYS.p);
  find("case-on").addEventListener("click", TRIAL_KEYS.n);
  drawTrials();
  chooseCase(0, Math.max(0, tried[0].trials.cases.findIndex((one) => one.attempts.some(({ note }) => note))));
}
