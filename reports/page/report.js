"use strict";
// What others wrote (questions, answers, names) goes into the page as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const colorOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const LINES = ["#2f7ed8", "#e07b28", "#3a9d5d", "#b04ac4", "#c0392b", "#16a3a3", "#8d6e3f", "#7f8c8d"];
const SMOOTHED = 9; // iterations a line is averaged over

function layout(title, more) {
  const axis = { gridcolor: colorOf("--line"), zerolinecolor: colorOf("--line"), automargin: true };
  return {
    title: { text: title, font: { size: 14 } },
    font: { color: colorOf("--ink"), size: 12 },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 45, r: 15, t: 35, b: 35 }, hovermode: "x unified",
    ...more,
    xaxis: { ...axis, ...more.xaxis }, yaxis: { ...axis, ...more.yaxis },
    ...(more.yaxis2 ? { yaxis2: { ...axis, ...more.yaxis2 } } : {}),
  };
}
const options = { responsive: true, displaylogo: false, displayModeBar: false };

// ---------------------------------------------------------------- curves

function smooth(values) {
  const half = (SMOOTHED - 1) / 2;
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - half), i + half + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

function drawCurves() {
  const against = document.querySelector("input[name=against]:checked").value;
  const unit = against === "seconds" ? "seconds of training" : "environment steps";
  const trained = data.runs.filter((run) => run.env_steps.length);
  find("curves").hidden = !trained.length;
  for (const name of data.shown) {
    const traces = trained.flatMap((run) => {
      const color = LINES[data.runs.indexOf(run) % LINES.length];
      const x = run[against];
      const held = run.curves[`eval/${name}`].map((y, i) => [x[i], y]).filter((pair) => pair[1] !== null);
      return [
        { x, y: smooth(run.curves[`rollout/${name}`]), name: run.label, mode: "lines", line: { color, width: 2 } },
        { x: held.map((pair) => pair[0]), y: held.map((pair) => pair[1]), name: `${run.label}, held out`,
          mode: "markers", marker: { color, size: 8 } },
      ];
    });
    Plotly.react(find(`chart-${name}`), traces, layout(name, {
      xaxis: { title: { text: unit, font: { size: 11 } } },
      yaxis: name === "success" ? { range: [0, 1.03], tickformat: ".0%" } : { rangemode: "tozero" },
      showlegend: trained.length > 1, legend: { orientation: "h", y: -0.25 },
    }), options);
  }
}

// ---------------------------------------------------------------- the player

const now = { run: 0, episode: 0, step: 0, timer: null };
const episode = () => data.runs[now.run].episodes[now.episode];

// rooms frame by frame: `seen[x][y]` is [object, colour, state]
function frameAt(step) {
  const cells = new Map();
  let sightings = [];
  const frames = episode().frames;
  for (let i = 0; i <= step; i++) {
    for (const [x, y, ...thing] of frames[i].cells) cells.set(`${x},${y}`, thing);
    sightings = frames[i].sightings ?? sightings;
  }
  return { cells, sightings, agent: frames[step].agent, hand: frames[step].hand };
}

function drawRoom(frame) {
  const canvas = find("room");
  const pen = canvas.getContext("2d");
  const size = canvas.width / episode().frames[0].size;
  pen.fillStyle = colorOf("--fog");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const [ax, ay, direction] = frame.agent;
  for (const [place, [object, color, state]] of frame.cells) {
    const [x, y] = place.split(",").map(Number);
    const kind = data.codes.objects[object];
    if (kind === "unseen") continue;
    pen.save();
    pen.translate(x * size, y * size);
    pen.scale(size, size);
    pen.fillStyle = kind === "wall" ? colorOf("--wall") : colorOf("--floor");
    pen.fillRect(0, 0, 1, 1);
    pen.strokeStyle = colorOf("--line");
    pen.lineWidth = 0.02;
    pen.strokeRect(0, 0, 1, 1);
    pen.fillStyle = pen.strokeStyle = data.codes.colors[color];
    const isHere = x === ax && y === ay; // the agent's cell shows what is in its hand
    if (!isHere || kind === "door") THINGS[kind]?.(pen, state);
    pen.restore();
  }
  pen.save();
  pen.translate((ax + 0.5) * size, (ay + 0.5) * size);
  pen.rotate((direction * Math.PI) / 2);
  pen.scale(size, size);
  pen.fillStyle = colorOf("--bad");
  pen.beginPath();
  pen.moveTo(0.36, 0);
  pen.lineTo(-0.3, 0.32);
  pen.lineTo(-0.3, -0.32);
  pen.fill();
  pen.restore();
}

const THINGS = {
  door(pen, state) {
    pen.lineWidth = 0.08;
    if (data.codes.states[state] === "open") {
      pen.fillRect(0.02, 0.02, 0.12, 0.96);
      return;
    }
    pen.strokeRect(0.1, 0.06, 0.8, 0.88);
    if (data.codes.states[state] === "locked") {
      pen.globalAlpha = 0.35;
      pen.fillRect(0.1, 0.06, 0.8, 0.88);
      pen.globalAlpha = 1;
      pen.fillRect(0.62, 0.42, 0.14, 0.2);
    } else {
      pen.beginPath();
      pen.arc(0.72, 0.5, 0.07, 0, 2 * Math.PI);
      pen.fill();
    }
  },
  key(pen) {
    pen.lineWidth = 0.09;
    pen.beginPath();
    pen.arc(0.5, 0.3, 0.14, 0, 2 * Math.PI);
    pen.stroke();
    pen.fillRect(0.455, 0.44, 0.09, 0.42);
    pen.fillRect(0.5, 0.62, 0.2, 0.08);
    pen.fillRect(0.5, 0.76, 0.2, 0.08);
  },
  box(pen) {
    pen.lineWidth = 0.08;
    pen.strokeRect(0.16, 0.18, 0.68, 0.64);
    pen.fillRect(0.16, 0.46, 0.68, 0.08);
  },
  ball(pen) {
    pen.beginPath();
    pen.arc(0.5, 0.5, 0.32, 0, 2 * Math.PI);
    pen.fill();
  },
};

function drawCourse() {
  const { values, probabilities, questions } = episode();
  const asks = data.runs[now.run].asks;
  const x = values.map((_, i) => i);
  const marks = (forced, name, color) => {
    const put = questions.filter((question) => question.is_forced === forced).map((question) => question.step);
    return { x: put, y: put.map((step) => probabilities[step]), name, mode: "markers", marker: { color, size: 9 } };
  };
  const traces = [
    { x, y: probabilities, name: asks ? "probability of asking" : "probability of the choice", mode: "lines",
      line: { color: colorOf("--chosen"), shape: "hv" } },
    { x, y: values, name: "value", mode: "lines", yaxis: "y2", line: { color: colorOf("--good"), dash: "dot" } },
    marks(false, "asked", colorOf("--chosen")),
    marks(true, "asked, plan through", colorOf("--forced")),
  ];
  Plotly.react(find("course"), traces, layout("", {
    xaxis: { range: [-0.5, Math.max(values.length, 1) - 0.5], title: { text: "step", font: { size: 11 } } },
    yaxis: { range: [-0.05, 1.05] }, yaxis2: { overlaying: "y", side: "right", showgrid: false },
    legend: { orientation: "h", y: 1.2 }, shapes: [cursor()], margin: { l: 40, r: 40, t: 10, b: 35 },
  }), options);
}

const cursor = () => ({
  type: "line", x0: now.step, x1: now.step, yref: "paper", y0: 0, y1: 1, line: { color: colorOf("--ink"), width: 1 },
});

function fillDialogue() {
  const items = episode().questions.map((question) => {
    const item = document.createElement("li");
    const why = question.is_forced ? "the plan is through" : "the mediator asks";
    const price = question.cost ? `, price ${question.cost}` : "";
    const lines = [`step ${question.step}: ${why}${price}`, question.question, question.answer];
    if (question.plan !== question.answer) lines.push(`read as ${question.plan}`);
    lines.forEach((text, i) => {
      const line = document.createElement(i ? "p" : "small");
      line.textContent = text;
      item.append(line);
    });
    item.classList.toggle("forced", question.is_forced);
    item.addEventListener("click", () => goTo(question.step));
    return item;
  });
  find("dialogue").replaceChildren(...items);
}

function goTo(step) {
  const played = episode();
  const last = played.frames.length - 1;
  now.step = Math.min(Math.max(step, 0), last);
  const frame = frameAt(now.step);
  const isOver = now.step === last;
  drawRoom(frame);
  find("slider").value = now.step;
  find("position").textContent = `step ${now.step} of ${last}`;
  find("now").textContent = isOver
    ? `${played.success ? "the door is open" : "out of steps"}, return ${played.return?.toFixed(3)}, ${played.questions.length} questions`
    : `${played.skills[now.step]}: ${played.actions[now.step]}`;
  find("plan").textContent = played.plans[Math.min(now.step, last - 1)];
  find("hand").textContent = frame.hand ?? "nothing";
  find("sightings").textContent = frame.sightings.join("; ") || "nothing yet";
  const items = find("dialogue").children;
  played.questions.forEach((question, i) => {
    items[i].classList.toggle("later", question.step > now.step);
    items[i].classList.toggle("now", question.step === now.step);
    // within the list only: the page itself must not jump
    if (question.step <= now.step) items[i].parentNode.scrollTop = items[i].offsetTop - items[i].parentNode.offsetTop;
  });
  Plotly.relayout(find("course"), { shapes: [cursor()] });
  if (isOver) pause();
}

function choose(run, number) {
  pause();
  now.run = run;
  const episodes = data.runs[run].episodes;
  now.episode = Math.min(Math.max(number, 0), episodes.length - 1);
  const names = episodes.map((played, i) => new Option(`${played.name}${played.success ? "" : " (failed)"}`, i));
  find("episode").replaceChildren(...names);
  find("episode").value = now.episode;
  find("run").value = run;
  find("slider").max = episode().frames.length - 1;
  fillDialogue();
  drawCourse();
  goTo(0);
}

function play() {
  if (now.step === episode().frames.length - 1) goTo(0);
  find("play").textContent = "pause";
  now.timer = setInterval(() => goTo(now.step + 1), 250);
}

function pause() {
  clearInterval(now.timer);
  now.timer = null;
  find("play").textContent = "play";
}

const toggle = () => (now.timer === null ? play() : pause());
const nextQuestion = () =>
  goTo(episode().questions.map((question) => question.step).find((step) => step > now.step) ?? now.step);

const KEYS = {
  ArrowLeft: () => goTo(now.step - 1),
  ArrowRight: () => goTo(now.step + 1),
  " ": toggle,
  q: nextQuestion,
  n: () => choose(now.run, now.episode + 1),
  p: () => choose(now.run, now.episode - 1),
};

function begin() {
  document.querySelectorAll("input[name=against]").forEach((input) => input.addEventListener("change", drawCurves));
  drawCurves();
  const played = data.runs.map((run, i) => i).filter((i) => data.runs[i].episodes.length);
  find("player").hidden = !played.length;
  if (!played.length) return;
  find("run").replaceChildren(...played.map((i) => new Option(data.runs[i].label, i)));
  find("run").addEventListener("change", (event) => choose(Number(event.target.value), 0));
  find("episode").addEventListener("change", (event) => choose(now.run, Number(event.target.value)));
  find("slider").addEventListener("input", (event) => goTo(Number(event.target.value)));
  find("back").addEventListener("click", KEYS.ArrowLeft);
  find("on").addEventListener("click", KEYS.ArrowRight);
  find("play").addEventListener("click", toggle);
  find("next-question").addEventListener("click", nextQuestion);
  document.addEventListener("keydown", (event) => {
    // what has the focus keeps its own keys
    const isTaken = event.target.closest("select, input[type=radio], .wide") || (event.key === " " && event.target.closest("button, a"));
    if (isTaken || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  choose(played[0], 0);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    drawCurves();
    drawCourse();
    goTo(now.step);
  });
}

begin();
