// ---------------------------------------------------------------- the player

const now = { run: 0, episode: 0, step: 0, timer: null, name: "" }; // name: of a learned function that all listed episodes call
const run = () => data.runs[now.run];
const episode = () => run().episodes[now.episode];
const player = () => (episode().kind === "text" ? textPlayer : roomPlayer);
const last = () => player().last(episode());
let items = []; // of the conversation, each with its step

function drawCourse() {
  const { traces, legend, axes } = player().course(episode(), run().uses_planner);
  find("course").hidden = find("course-legend").hidden = !traces.length;
  if (!traces.length) return;
  Plotly.react(find("course"), traces, layout("", {
    xaxis: { range: [-0.5, Math.max(last(), 1) - 0.5], title: "step" }, shapes: [cursor()], ...axes,
  }), options);
  fillKey(find("course-legend"), legend);
}

const cursor = () => ({
  type: "line", x0: now.step, x1: now.step, yref: "paper", y0: 0, y1: 1, line: { color: themeColor("--ink"), width: 1 },
});

function fillDialogue() {
  items = player().items(episode());
  for (const { step, item } of items) item.addEventListener("click", () => goTo(step));
  find("dialogue").replaceChildren(...items.map(({ item }) => item));
}

function showFacts(facts) {
  find("facts").replaceChildren(...Object.entries(facts).flatMap(([name, text]) => [
    element("dt", { textContent: name }), element("dd", { id: `fact-${name.replaceAll(" ", "-")}`, textContent: text }),
  ]));
}

function goTo(step) {
  now.step = Math.min(Math.max(step, 0), last());
  const isOver = now.step === last();
  showFacts(player().show(episode(), now.step, isOver, run().uses_planner));
  find("slider").value = now.step;
  find("position").textContent = `step ${now.step} of ${last()}`;
  for (const one of items) {
    one.item.classList.toggle("later", one.step > now.step);
    one.item.classList.toggle("now", one.step === now.step);
    // within the list only: the page itself must not jump
    if (one.step <= now.step) find("dialogue").scrollTop = one.item.offsetTop;
  }
  if (!find("course").hidden) Plotly.relayout(find("course"), { shapes: [cursor()] });
  if (isOver) pause();
}

const callsOf = (played, name) => (played.kind === "text" ? played.steps.filter((step) => step.functions.includes(name)) : []);
const isListed = (played) => !now.name || callsOf(played, now.name).length > 0;
const listed = () => run().episodes.map((_, i) => i).filter((i) => isListed(run().episodes[i]));

// the episodes of the evaluation, then those of training cases under their headings
function fillEpisodes() {
  const groups = new Map();
  for (const i of listed()) {
    const { name, success, group = "" } = run().episodes[i];
    if (!groups.has(group)) groups.set(group, group ? element("optgroup", { label: group }) : document.createDocumentFragment());
    groups.get(group).append(new Option(`${name}${success ? "" : " (failed)"}`, i));
  }
  find("episode").replaceChildren(...groups.values());
  find("episode").value = now.episode;
}

function fillNames() {
  const names = run().learning?.functions.map((one) => one.name) ?? [];
  const called = names.filter((name) => run().episodes.some((one) => callsOf(one, name).length));
  find("function").replaceChildren(new Option("all episodes", ""), ...called.map((name) => new Option(`that call ${name}`, name)));
  find("function").value = now.name;
  find("function").hidden = !called.length;
}

function choose(number, which, name = "") {
  pause();
  Object.assign(now, { run: number, name });
  now.episode = Math.min(Math.max(which, 0), run().episodes.length - 1);
  fillNames();
  fillEpisodes();
  find("run").value = number;
  find("slider").max = last();
  find("stage").className = episode().kind === "text" ? "conversation" : "";
  const hasQuestions = episode().kind === "room" && run().uses_planner;
  find("next-question").hidden = !hasQuestions;
  find("dialogue").hidden = episode().kind === "room" && !hasQuestions;
  for (const part of document.querySelectorAll(".about-questions")) part.hidden = !hasQuestions;
  fillDialogue();
  drawCourse();
  goTo(0);
}

function play() {
  if (now.step === last()) goTo(0);
  find("play").textContent = "pause";
  now.timer = setInterval(() => goTo(now.step + 1), episode().kind === "text" ? 1000 : 250);
}

function pause() {
  clearInterval(now.timer);
  now.timer = null;
  find("play").textContent = "play";
}

function chooseListed(by) {
  const numbers = listed();
  const place = numbers.indexOf(now.episode) + by;
  choose(now.run, numbers[Math.min(Math.max(place, 0), numbers.length - 1)], now.name);
}

const toggle = () => (now.timer === null ? play() : pause());
const nextQuestion = () => goTo(items.map(({ step }) => step).find((step) => step > now.step) ?? now.step);

const KEYS = {
  ArrowLeft: () => goTo(now.step - 1),
  ArrowRight: () => goTo(now.step + 1),
  " ": toggle,
  q: nextQuestion,
  n: () => chooseListed(1),
  p: () => chooseListed(-1),
};

function onKey(event) {
  // a focused control keeps its own keys
  const isTaken = event.target.closest("select, input[type=radio], .wide") || (event.key === " " && event.target.closest("button, a"));
  const keys = event.target.closest("#trials") ? TRIAL_KEYS : event.target.closest("#tuned") ? PAIR_KEYS : KEYS;
  if (isTaken || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
}

function beginPlayer() {
  const played = data.runs.map((_, i) => i).filter((i) => data.runs[i].episodes.length);
  if (!played.length) return hideSection("player");
  find("run").replaceChildren(...played.map((i) => new Option(data.runs[i].label, i)));
  find("run").addEventListener("change", (event) => choose(Number(event.target.value), 0));
  find("episode").addEventListener("change", (event) => choose(now.run, Number(event.target.value), now.name));
  find("function").addEventListener("change", ({ target: { value } }) =>
    choose(now.run, value ? run().episodes.findIndex((one) => callsOf(one, value).length) : now.episode, value));
  find("slider").addEventListener("input", (event) => goTo(Number(event.target.value)));
  find("back").addEventListener("click", KEYS.ArrowLeft);
  find("on").addEventListener("click", KEYS.ArrowRight);
  find("play").addEventListener("click", toggle);
  find("next-question").addEventListener("click", nextQuestion);
  document.addEventListener("keydown", onKey);
  choose(played[0], 0);
}

beginTrials();
beginLearning();
beginTuned();
beginCurves();
beginPlayer();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  drawTrials();
  drawTuned();
  drawCurves();
  if (find("player").hidden) return;
  drawCourse();
  goTo(now.step);
});
