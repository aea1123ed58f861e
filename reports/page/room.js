// ---------------------------------------------------------------- a room, frame by frame

// a cell is [object, colour, state], in MiniGrid's codes
function frameAt(played, step) {
  const cells = new Map();
  let objects = [];
  for (let i = 0; i <= step; i++) {
    for (const [x, y, ...thing] of played.frames[i].cells) cells.set(`${x},${y}`, thing);
    objects = played.frames[i].object_memory ?? objects;
  }
  return { cells, objects, agent: played.frames[step].agent, carried: played.frames[step].carried };
}

function drawRoom(frame, numCells) {
  const canvas = find("room");
  const pen = canvas.getContext("2d");
  const size = canvas.width / numCells;
  pen.fillStyle = themeColor("--fog");
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const [ax, ay, direction] = frame.agent;
  for (const [place, [object, color, state]] of frame.cells) {
    const [x, y] = place.split(",").map(Number);
    const kind = data.codes.objects[object];
    if (kind === "unseen") continue;
    pen.save();
    pen.translate(x * size, y * size);
    pen.scale(size, size);
    pen.fillStyle = kind === "wall" ? themeColor("--wall") : themeColor("--floor");
    pen.fillRect(0, 0, 1, 1);
    pen.strokeStyle = themeColor("--line");
    pen.lineWidth = 0.02;
    pen.strokeRect(0, 0, 1, 1);
    pen.fillStyle = pen.strokeStyle = data.codes.colors[color];
    const isHere = x === ax && y === ay; // the agent's own cell shows what it carries
    if (!isHere || kind === "door") OBJECTS[kind]?.(pen, state);
    pen.restore();
  }
  pen.save();
  pen.translate((ax + 0.5) * size, (ay + 0.5) * size);
  pen.rotate((direction * Math.PI) / 2);
  pen.scale(size, size);
  pen.fillStyle = themeColor("--bad");
  pen.beginPath();
  pen.moveTo(0.36, 0);
  pen.lineTo(-0.3, 0.32);
  pen.lineTo(-0.3, -0.32);
  pen.fill();
  pen.restore();
}

const OBJECTS = {
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

function questionItem(question) {
  const why = question.is_forced ? "the plan is finished" : "the policy asks";
  const cost = question.cost ? `, cost ${question.cost}` : "";
  const lines = [question.question, question.answer];
  if (question.plan !== question.answer) lines.push(`read as ${question.plan}`);
  const item = element("li", {}, element("small", { textContent: `step ${question.step}: ${why}${cost}` }),
    ...lines.map((text) => element("p", { textContent: text })));
  item.classList.toggle("forced", question.is_forced);
  return item;
}

function courseOfRoom(played, usesPlanner) {
  const { values, probabilities, questions } = played;
  const x = values.map((_, i) => i);
  const hasCritic = values.some((value) => value !== 0);
  const chosen = themeColor("--chosen"), forced = themeColor("--forced"), good = themeColor("--good");
  const marks = (isForced, name, color) => {
    const steps = questions.filter((question) => question.is_forced === isForced).map((question) => question.step);
    return { x: steps, y: steps.map((step) => probabilities[step]), name, mode: "markers", marker: { color, size: 9 } };
  };
  const label = usesPlanner ? "probability of asking" : "probability of the chosen skill";
  const traces = [{ x, y: probabilities, name: label, mode: "lines", line: { color: chosen, shape: "hv" } }];
  const legend = [[label, chosen]];
  if (hasCritic) {
    traces.push({ x, y: values, name: "value", mode: "lines", yaxis: "y2", line: { color: good, dash: "dot" } });
    legend.push(["value (right axis)", good, "dotted"]);
  }
  if (usesPlanner) {
    traces.push(marks(false, "asks", chosen), marks(true, "has to ask", forced));
    legend.push(["the policy asks", chosen, "mark"], ["it has to ask: the plan is finished", forced, "mark"]);
  }
  const axes = { yaxis: { range: [-0.05, 1.05], title: "probability" } };
  if (hasCritic) axes.yaxis2 = { overlaying: "y", side: "right", showgrid: false, tickmode: "auto", nticks: 4, title: "value" };
  return { traces, legend, axes };
}

const roomPlayer = {
  last: (played) => played.frames.length - 1,
  items: (played) => played.questions.map((question) => ({ step: question.step, item: questionItem(question) })),
  course: courseOfRoom,
  end: (played) =>
    `${played.success ? "the door is open" : "out of steps"}, return ${played.total_return?.toFixed(3)}`,
  show(played, step, isOver, usesPlanner) {
    const frame = frameAt(played, step);
    drawRoom(frame, played.size);
    const number = played.questions.filter((question) => question.step <= step).length;
    return {
      now: isOver ? this.end(played) : `${played.skills[step]}: ${played.actions[step]}`,
      ...(usesPlanner && { "current plan": played.plans[Math.min(step, played.plans.length - 1)], "questions so far": number }),
      carries: frame.carried ?? "nothing",
      remembers: frame.objects.join("; ") || "nothing yet",
    };
  },
};
