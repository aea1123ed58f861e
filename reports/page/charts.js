"use strict";
// Text that a model or a user wrote goes into the page as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);
const themeColor = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const DASHES = ["solid", "dash", "dot", "dashdot"]; // for runs that share a colour
const SMOOTHED = 9; // iterations a line is averaged over
const options = { responsive: true, displaylogo: false, displayModeBar: false };

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Plotly reads some tags, links too, in the names of lines
const literal = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function swatch(color, isRing = false) {
  const dot = element("span", { className: "swatch" });
  dot.style.borderColor = color;
  dot.style.background = isRing ? "none" : color;
  return dot;
}

function layout(title, { xaxis, yaxis, yaxis2, ...more }) {
  const style = {
    gridcolor: themeColor("--line"), zerolinecolor: themeColor("--line"), automargin: true,
    title: { font: { size: 13 }, standoff: 12 },
  };
  const axis = ({ title: text, ...rest }) => ({ ...style, ...rest, title: { ...style.title, text } });
  const ink = themeColor("--ink");
  return {
    title: { text: title, font: { size: 16 }, x: 0.02, xanchor: "left" },
    font: { color: ink, size: 13, family: "system-ui, sans-serif" },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
    margin: { l: 50, r: 15, t: title ? 45 : 10, b: 50 }, hovermode: "x unified",
    hoverlabel: { bgcolor: themeColor("--panel"), bordercolor: themeColor("--line"), font: { color: ink } },
    ...more, xaxis: axis(xaxis), yaxis: axis(yaxis), ...(yaxis2 ? { yaxis2: axis(yaxis2) } : {}),
  };
}

// ---------------------------------------------------------------- learning curves

const trained = data.runs.filter((run) => run.env_steps.length);
const hidden = new Set();

function smooth(values, width = SMOOTHED) {
  const half = (width - 1) / 2;
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - half), i + half + 1);
    return near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}

function curvesOf(run, name, against) {
  const x = run[against];
  const evaluated = run.curves[`eval/${name}`].map((y, i) => [x[i], y]).filter((pair) => pair[1] !== null);
  const color = run.color;
  return [
    { x, y: smooth(run.curves[`rollout/${name}`]), name: literal(run.label), mode: "lines",
      line: { color, width: 2, dash: DASHES[run.dash % DASHES.length] } },
    { x: evaluated.map((pair) => pair[0]), y: evaluated.map((pair) => pair[1]), name: literal(`${run.label}, evaluated`),
      mode: "markers", marker: { color, size: 9, symbol: run.dash > 0 ? "circle-open" : "circle" } },
  ];
}

function drawCurves() {
  const against = document.querySelector("input[name=against]:checked").value;
  const unit = against === "seconds" ? "seconds of training" : "environment steps";
  for (const chart of data.charts) {
    const shown = trained.filter((run) => !hidden.has(run) && (run.uses_planner || !chart.is_about_questions));
    const traces = shown.flatMap((run) => curvesOf(run, chart.name, against));
    Plotly.react(find(`chart-${chart.name}`), traces, layout(chart.title, {
      xaxis: { title: unit, rangemode: "tozero" },
      yaxis: chart.is_share ? { range: [0, 1.04], tickformat: ".0%" } : { rangemode: "tozero" },
    }), options);
  }
}

// what the lines and marks of a chart stand for: text, colour, and "mark", "dotted" or "dashed" for what is no solid line
function fillKey(place, entries) {
  place.replaceChildren(...entries.map(([text, color, kind]) => {
    const sign = kind === "mark" ? swatch(color) : element("i", { className: kind ?? "" });
    if (kind !== "mark") sign.style.color = color;
    return element("span", {}, sign, text);
  }));
}

// buttons that show and hide runs in the charts that `draw` draws
function fillLegend(place, runs, draw) {
  place.replaceChildren(...runs.map((run) => {
    const button = element("button", { type: "button", title: run.label }, swatch(run.color, run.dash > 0), element("span", { textContent: run.label }));
    button.setAttribute("aria-pressed", true);
    button.addEventListener("click", () => {
      if (!hidden.delete(run)) hidden.add(run);
      button.setAttribute("aria-pressed", !hidden.has(run));
      draw();
    });
    return button;
  }));
}

// hide a section without content, and its link
function hideSection(id) {
  find(id).hidden = document.querySelector(`nav a[href="#${id}"]`).hidden = true;
}

function beginCurves() {
  if (!trained.length) hideSection("curves");
  data.charts = data.charts.filter((chart) => !chart.is_about_questions || trained.some((run) => run.uses_planner));
  find("charts").replaceChildren(...data.charts.map((chart) => element("div", { id: `chart-${chart.name}` })));
  fillLegend(find("legend"), trained, drawCurves);
  document.querySelectorAll("input[name=against]").forEach((input) => input.addEventListener("change", drawCurves));
  if (trained.length) drawCurves();
}
