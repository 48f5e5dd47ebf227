// The page: reads the broker's events, keeps what it shows, and shows it. Names and errors are others' texts: they are
// put into the page as text only, never as markup.
import { ROW, SECONDS, hue, lines, short, timeline } from "./draw.js";
import { ask, enter, follow, pause, readHash, say, store, stored } from "./stream.js";

const $ = (id) => document.getElementById(id);
const KEPT = 300000; // ms of numbers
const MOST_SPANS = 20000; // that are remembered
const STATES = ["unknown", "queued", "running", "done", "failed", "cancelled"];
const MANAGER = ["ready", "starting", "away", "drains"];

const state = {
  offset: null, // the broker's clock less ours, ms
  samples: [], // [at, queued, workers, idle, submitted, finished, failed]
  managers: new Map(), // by number: {name, line, state, workers, idle, tasks, cells, hue, open, seen}
  workers: new Map(), // by number: {manager, spans}
  failures: new Map(), // by number
  count: 0, // of spans
  selected: 0,
  chosen: null,
  paused: false,
  pausedAt: 0,
};

// ---- what the events say

function hello(data) {
  state.samples = data.samples;
  state.managers.clear();
  state.workers.clear();
  state.failures.clear();
  state.count = 0;
  state.chosen = null;
  $("software").textContent = data.software;
  take(data);
}

function take(data) {
  state.offset = data.now - performance.now();
  const { numbers } = data;
  const at = [data.now, numbers.queued, numbers.workers, numbers.idle, numbers.submitted, numbers.finished, numbers.failed];
  if (!state.samples.length || state.samples[state.samples.length - 1][0] < data.now) state.samples.push(at);
  while (state.samples.length && state.samples[0][0] < data.now - KEPT) state.samples.shift();
  for (const [number, name, line, kind, workers, idle, tasks] of data.managers) {
    const old = state.managers.get(number);
    const same = old && old.name === name && old.line === line;
    const kept = same ? old : blank();
    state.managers.set(number, { ...kept, name, line, state: kind, workers, idle, tasks });
  }
  for (const [number, uuid, slot, when, code, name, client, manager, text] of data.failures)
    state.failures.set(number, { uuid, slot, when, code, name, client, manager, text });
  while (state.failures.size > 64) state.failures.delete(Math.min(...state.failures.keys()));
  say("live", "live");
  if (!state.paused) show(data);
}

// What is remembered of a manager beside what the broker says.
function blank() {
  return { cells: [], spans: [], hue: null, open: null };
}

function tick(data) {
  const now = data.now;
  for (const one of data.ends) keep(one);
  for (let number = 0; number < data.busy.length; number += 1) {
    const digit = data.busy[number];
    if (digit === ".") {
      state.managers.delete(number);
      continue;
    }
    const manager = state.managers.get(number) ?? { ...blank(), name: "…", line: "", state: 0, workers: 0, idle: 0, tasks: 0 };
    state.managers.set(number, manager);
    manager.cells.push({ time: now, busy: parseInt(digit, 11), hue: manager.hue });
    while (manager.cells.length > SECONDS + 5) manager.cells.shift();
  }
  for (const number of [...state.managers.keys()]) if (number >= data.busy.length) state.managers.delete(number);
  forget(now);
  $("shown").textContent = data.ended > data.ends.length ? `${data.ends.length} of ${short(data.ended)} tasks of this second are shown` : "";
  take(data);
}

function keep([uuid, name, manager, worker, taken, given, begun, ended, kind, attempts, depth]) {
  const span = { uuid, name, manager, worker, taken, given, begun, ended, state: kind, attempts, depth };
  if (manager !== null && state.managers.has(manager)) state.managers.get(manager).hue = hue(uuid);
  if (manager === null || (worker === null && !state.managers.has(manager))) return;
  state.count += 1;
  if (worker === null) { // of a failure it is not said which worker had it
    state.managers.get(manager).spans.push(span);
    return;
  }
  const row = state.workers.get(worker) ?? { manager, spans: [] };
  row.manager = manager;
  row.spans.push(span);
  state.workers.set(worker, row);
}

function forget(now) {
  const before = now - (SECONDS + 5) * 1000;
  for (const row of state.managers.values()) drop(row, before);
  for (const [number, row] of state.workers) {
    drop(row, before);
    if (!row.spans.length) state.workers.delete(number);
  }
}

function drop(row, before) {
  const old = row.spans.findIndex((span) => span.ended >= before);
  const gone = old < 0 ? row.spans.length : old;
  state.count -= row.spans.splice(0, Math.max(gone, state.count > MOST_SPANS ? row.spans.length >> 1 : 0)).length;
}

// ---- tables and numbers

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// Cells stand as their column's head does.
function fill(table, rows) {
  const body = element("tbody"), heads = table.tHead.rows[0].cells;
  for (const cells of rows) {
    const row = body.appendChild(element("tr"));
    cells.forEach((cell, column) => {
      const made = row.appendChild(element("td", String(cell), heads[column].className));
      made.title = made.textContent;
    });
  }
  table.tBodies[0].replaceWith(body);
}

function bytes(number) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  for (; number >= 999.5 && unit < 4; unit += 1) number /= 1000;
  return `${unit > 0 && number < 9.95 ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}

function lapse(ms) {
  if (ms < 1000) return `${ms} ms`;
  const s = ms / 1000;
  if (s < 120) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  return s < 7200 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`;
}

function rate(column) {
  const { samples } = state;
  const last = samples[samples.length - 1], before = samples[Math.max(0, samples.length - 6)];
  return last && last[0] > before[0] ? ((last[column] - before[column]) * 1000) / (last[0] - before[0]) : 0;
}

function show(data) {
  const { numbers } = data;
  const tiles = [
    ["queued", short(numbers.queued)],
    ["running", short(numbers.tasks - numbers.queued)],
    ["workers busy", `${short(numbers.workers - numbers.idle)} / ${short(numbers.workers)}`],
    ["ended a second", short(rate(5) + rate(6))],
    ["finished", short(numbers.finished)],
    ["failed", short(numbers.failed)],
    ["lost, given again", short(numbers.requeued)],
    ["clients", numbers.absent ? `${numbers.here} + ${numbers.absent} away` : String(numbers.here)],
    ["kept", bytes(numbers.kept)],
  ];
  $("numbers").replaceChildren(...tiles.map(([name, value]) => {
    const tile = element("div");
    tile.append(element("dt", name), element("dd", value));
    return tile;
  }));
  fill($("sessions"), data.sessions.map(([name, key, here, tasks, submitted, kept, unread]) => [
    name, key, here ? "yes" : "away", tasks, submitted, bytes(kept), bytes(unread)]));
  showManagers(numbers);
  showFailures(numbers);
}

function showManagers(numbers) {
  const [ready, starting, away, drains] = numbers.managers;
  $("managers-count").textContent = `${ready} ready` + [[starting, "starting"], [away, "away"], [drains, "draining"]]
    .filter(([count]) => count > 0).map(([count, name]) => `, ${count} ${name}`).join("");
  const rows = [...state.managers.values()].map((one) => [one.name, one.line, MANAGER[one.state], one.workers, one.idle, one.tasks]);
  fill($("managers"), rows.slice(0, 1000));
}

let failuresShown = "";
function showFailures(numbers) {
  const list = [...state.failures.entries()].sort((a, b) => b[0] - a[0]);
  const key = list.map(([number]) => number).join();
  $("failed-count").textContent = numbers.failed ? `${short(numbers.failed)} in all` : "";
  if (key === failuresShown) return;
  failuresShown = key;
  const open = new Set([...$("failures").querySelectorAll("details[open]")].map((one) => one.dataset.number));
  $("failures").replaceChildren(...list.map(([number, one]) => {
    const made = element("details");
    made.dataset.number = number;
    made.open = open.has(String(number));
    const first = one.text.split("\n").filter(Boolean).pop() ?? "";
    const head = element("summary");
    const dot = element("span", undefined, "dot");
    dot.style.background = `hsl(${hue(one.uuid)}, 55%, 52%)`;
    head.append(dot, element("strong", one.name || "task"), ` ${one.code} ${first.slice(0, 160)}`);
    made.append(head, element("pre", `${one.text}\n\nuuid ${one.uuid} slot ${one.slot}, client ${one.client}` +
      `${one.manager ? `, manager ${one.manager}` : ""}, ${lapse(when() - one.when)} ago`));
    return made;
  }));
}

function when() {
  return Math.round((state.paused ? state.pausedAt : performance.now()) + (state.offset ?? 0));
}

// ---- the timeline

function rows() {
  const made = [], few = state.managers.size <= 6, below = new Map();
  for (const [number, row] of state.workers) {
    if (!below.has(row.manager)) below.set(row.manager, []);
    below.get(row.manager).push([number, row]);
  }
  for (const [number, manager] of [...state.managers].sort((a, b) => a[0] - b[0])) {
    const open = manager.open ?? few, workers = below.get(number) ?? [];
    made.push({ number, worker: null, text: `${open ? "▾" : "▸"} ${manager.name}`, cells: manager.cells, spans: manager.spans, manager });
    if (!open) continue;
    for (const [worker, row] of workers.sort((a, b) => a[0] - b[0]))
      made.push({ number, worker, text: `worker ${worker}`, cells: [], spans: row.spans, manager });
  }
  return made;
}

let style = {}, shownRows = [];
function readStyle() {
  const computed = getComputedStyle(document.documentElement);
  for (const name of ["text", "faint", "line", "accent", "good", "bad", "cell", "select"])
    style[name] = computed.getPropertyValue(`--${name}`).trim();
}

function left() {
  return $("rows").clientWidth < 500 ? 112 : 170; // a worker's number is to be seen whole
}

function draw() {
  const now = when(), box = $("rows");
  shownRows = rows();
  const height = Math.max(ROW * 6, Math.min(ROW * 22, (shownRows.length + 1) * ROW));
  box.style.height = `${height + 2}px`;
  $("height").style.height = `${Math.max(height, (shownRows.length + 1) * ROW)}px`;
  state.selected = Math.max(0, Math.min(state.selected, shownRows.length - 1));
  timeline($("timeline"), shownRows, {
    width: box.clientWidth, height: box.clientHeight, top: box.scrollTop, left: left(), now, style,
    selected: document.activeElement === box ? state.selected : -1, chosen: state.chosen,
  });
  const times = state.samples.map((one) => one[0]);
  const rates = (column) => state.samples.map((one, i, all) => i === 0 ? 0
    : Math.max(0, ((one[column] - all[i - 1][column]) * 1000) / Math.max(1, one[0] - all[i - 1][0])));
  const values = (pick) => state.samples.map(pick);
  lines($("queued"), times, [{ values: values((one) => one[1]), colour: style.accent, fill: true }], now, KEPT, style);
  lines($("rates"), times, [{ values: rates(5), colour: style.good, fill: true }, { values: rates(6), colour: style.bad }], now, KEPT, style);
  lines($("workers"), times, [{ values: values((one) => one[2] - one[3]), colour: style.accent, fill: true },
    { values: values((one) => one[2]), colour: style.faint }], now, KEPT, style);
}

let drawn = 0;
function frame(time) {
  if (time - drawn >= 100 && state.offset !== null) { // ten times a second is smooth enough
    drawn = time;
    draw();
  }
  requestAnimationFrame(frame);
}

function about(span) {
  const place = `worker ${span.worker} of ${state.managers.get(span.manager)?.name ?? "a manager that left"}`;
  return `${span.name || "task"}  ${STATES[span.state]} in ${lapse(span.ended - span.begun)}\n${place}\n` +
    `waited ${lapse(span.given - span.taken)}${span.attempts > 1 ? `, attempt ${span.attempts}` : ""}` +
    `${span.depth ? `, nested ${span.depth} deep` : ""}\n${span.uuid}`;
}

// The row below the pointer, and the task, if there is one.
function under(event) {
  const box = $("rows"), place = box.getBoundingClientRect(), row = shownRows[Math.floor((event.clientY - place.top + box.scrollTop) / ROW)];
  const width = box.clientWidth - left(), at = (event.clientX - place.left - left()) / width;
  const time = when() - (1 - at) * SECONDS * 1000, slack = (SECONDS * 2000) / width;
  const span = at >= 0 ? row?.spans.findLast((one) => one.begun - slack <= time && time <= one.ended + slack) : undefined;
  return { row, span, label: at < 0 };
}

function toggle(row) {
  if (row) row.manager.open = !(row.manager.open ?? state.managers.size <= 6);
}

function choose(span) {
  state.chosen = span ?? null;
  $("chosen").textContent = span ? about(span).replaceAll("\n", ", ") : "";
}

function step(by) {
  const spans = shownRows[state.selected]?.spans ?? [];
  const at = spans.indexOf(state.chosen);
  choose(spans[Math.max(0, Math.min(spans.length - 1, (at < 0 ? spans.length : at) + by))]);
}

function watchTimeline() {
  const box = $("rows"), tip = $("tip");
  box.addEventListener("pointermove", (event) => {
    const { span } = under(event);
    tip.hidden = !span;
    if (!span) return;
    tip.textContent = about(span);
    tip.style.left = `${Math.min(event.clientX + 12, innerWidth - 260)}px`;
    tip.style.top = `${Math.min(event.clientY + 12, innerHeight - 90)}px`;
  });
  box.addEventListener("pointerleave", () => { tip.hidden = true; });
  box.addEventListener("click", (event) => {
    const { row, span, label } = under(event);
    if (label && row?.worker === null) toggle(row);
    choose(span);
    state.selected = Math.max(0, shownRows.indexOf(row));
  });
  box.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 };
    if (event.key in moves) {
      state.selected = Math.max(0, Math.min(shownRows.length - 1, state.selected + moves[event.key]));
      const y = state.selected * ROW;
      if (y < box.scrollTop) box.scrollTop = y;
      if (y + ROW > box.scrollTop + box.clientHeight) box.scrollTop = y + ROW - box.clientHeight;
      const row = shownRows[state.selected];
      $("chosen").textContent = row ? (row.worker === null ? `${row.manager.name}, ${row.manager.workers} workers, ${row.manager.idle} idle` : `${row.text} of ${row.manager.name}`) : "";
      state.chosen = null;
    } else if (event.key === "Enter" || event.key === " ") {
      toggle(shownRows[state.selected]);
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      step(event.key === "ArrowLeft" ? -1 : 1);
    } else {
      return;
    }
    event.preventDefault();
  });
}

// ---- search, and the other keys

let asked = 0;
async function search(wanted) {
  const own = (asked += 1), found = $("found");
  found.hidden = !wanted;
  if (!wanted) return;
  for (let tries = 0; tries < 5 && own === asked; tries += 1) {
    const answer = await ask(`search?q=${encodeURIComponent(wanted)}`).catch(() => null);
    if (own !== asked) return;
    if (answer?.ok) {
      showFound(wanted, await answer.json());
      return;
    }
    await pause(300); // another one's search was a moment ago
  }
}

function grown(head, numbers) {
  const table = element("table"), row = table.appendChild(element("thead")).appendChild(element("tr"));
  head.forEach((name) => row.append(element("th", name, numbers.includes(name) ? "n" : "")));
  table.append(element("tbody"));
  return table;
}

function boxed(table) {
  const box = element("div", undefined, "scrolls");
  box.append(table);
  return box;
}

function showFound(wanted, data) {
  const close = element("button", "close");
  close.type = "button";
  close.onclick = () => { $("wanted").value = ""; search(""); };
  const parts = [element("h2", `Found for “${wanted}”`)];
  parts[0].append(" ", close);
  if (!data.jobs.length && !data.ends.length) parts.push(element("p", "Nothing that is known. A uuid takes eight digits at least.", "faint"));
  if (data.jobs.length) {
    const jobs = grown(["submitted", "client", "state", "ended", "attempts", "age", "uuid"], ["ended", "attempts", "age"]);
    fill(jobs, data.jobs.map(([uuid, name, client, kind, total, ended, attempts, age]) => [
      name, client, kind, `${ended} of ${total}`, attempts, lapse(age), uuid]));
    parts.push(boxed(jobs));
  }
  if (data.ends.length) {
    const ends = grown(["ended", "state", "manager", "worker", "waited", "took", "attempts", "slot", "uuid"],
      ["worker", "waited", "took", "attempts", "slot"]);
    fill(ends, data.ends.map(([uuid, name, manager, worker, taken, given, begun, ended, kind, attempts, depth, slot]) => [
      name, STATES[kind], state.managers.get(manager)?.name ?? "", worker ?? "", lapse(given - taken), lapse(ended - begun), attempts,
      depth ? `nested ${depth}` : slot, uuid]));
    parts.push(boxed(ends));
  }
  $("found").replaceChildren(...parts);
}

async function saveTrace() {
  const answer = await ask("trace").catch(() => null);
  if (!answer?.ok) return;
  const link = element("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = "mailroom-trace.json";
  link.click();
  URL.revokeObjectURL(link.href);
}

function stop() {
  state.paused = !state.paused;
  state.pausedAt = performance.now();
  $("pause").setAttribute("aria-pressed", String(state.paused));
  $("pause").textContent = state.paused ? "go on" : "pause";
}

function turn() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  store("localStorage", "mailroom-theme", document.documentElement.dataset.theme);
  readStyle();
}

function watchKeys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "Escape") {
      $("wanted").value = "";
      search("");
      document.activeElement?.blur();
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      event.preventDefault();
      $("wanted").focus();
    } else if (event.key === "p") {
      stop();
    } else if (event.key === "t") {
      turn();
    }
  });
  let typed = 0;
  $("wanted").addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(() => search($("wanted").value.trim()), 250);
  });
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typed);
    search($("wanted").value.trim());
  });
  $("pause").addEventListener("click", stop);
  $("theme").addEventListener("click", turn);
  $("trace").addEventListener("click", saveTrace);
  $("door").addEventListener("submit", (event) => {
    event.preventDefault();
    enter($("token").value.trim());
  });
  addEventListener("hashchange", readHash); // the link was opened where the page is already
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", readStyle);
}

const theme = stored("localStorage", "mailroom-theme");
if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
readStyle();
readHash();
watchKeys();
watchTimeline();
requestAnimationFrame(frame);
follow(hello, tick);
