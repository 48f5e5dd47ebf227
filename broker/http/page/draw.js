// What is drawn: lines of numbers, and the timeline of managers and workers. Knows no network and no names of fields.

export const ROW = 20; // px
export const SECONDS = 120; // that the timeline shows

// The colour of all that belongs to one root: by its uuid, the same for everybody.
export function hue(uuid) {
  let mixed = 0x811c9dc5;
  for (const digit of uuid) mixed = Math.imul(mixed ^ digit.charCodeAt(0), 0x01000193);
  mixed ^= mixed >>> 15;
  return ((mixed >>> 0) % 24) * 15; // neighbours that can be told apart
}

// A canvas as large as it is shown, on screens of any density; its context, and its size in px.
export function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

export function short(number) {
  const units = ["", "k", "M", "G"];
  let unit = 0;
  while (number >= 9999.5 && unit < 3) {
    number /= 1000;
    unit += 1;
  }
  return (unit > 0 && number < 99.5 ? number.toFixed(1) : String(Math.round(number))) + units[unit];
}

// Lines over the last `span` ms: each of `series` is {values, colour, fill}, with a value for each of `times`.
export function lines(canvas, times, series, now, span, style) {
  const width = canvas.clientWidth, height = canvas.clientHeight;
  const context = fit(canvas, width, height);
  const most = Math.max(1, ...series.flatMap((one) => one.values));
  const x = (time) => width - ((now - time) / span) * width;
  const y = (value) => height - 3 - (value / most) * (height - 18);
  for (const { values, colour, fill } of series) {
    context.beginPath();
    values.forEach((value, i) => context.lineTo(x(times[i]), y(value)));
    context.strokeStyle = colour;
    context.lineWidth = 1.5;
    context.stroke();
    if (fill && values.length > 0) {
      context.lineTo(x(times[times.length - 1]), height);
      context.lineTo(x(times[0]), height);
      context.globalAlpha = 0.15;
      context.fillStyle = colour;
      context.fill();
      context.globalAlpha = 1;
    }
  }
  context.fillStyle = style.faint;
  context.font = "11px system-ui, sans-serif";
  context.fillText(short(most), 2, 11);
  const last = series.map((one) => short(one.values[one.values.length - 1] ?? 0)).join(" / ");
  canvas.setAttribute("aria-label", `now ${last}, at most ${short(most)}`);
}

function grid(context, left, width, height, now, style) {
  context.strokeStyle = style.line;
  context.fillStyle = style.faint;
  context.font = "11px system-ui, sans-serif";
  for (let ago = 0; ago < SECONDS; ago += width < 500 ? 30 : 15) {
    const x = Math.round(left + (width - left) * (1 - ago / SECONDS)) - 0.5;
    context.beginPath();
    context.moveTo(x, 0);
    context.lineTo(x, height);
    context.stroke();
    if (ago > 0) context.fillText(`${ago} s ago`, x + 3, height - 4);
  }
}

function label(context, row, y, left, style) {
  context.save();
  context.beginPath();
  context.rect(0, y, left - 6, ROW);
  context.clip();
  context.fillStyle = row.worker === null ? style.text : style.faint;
  context.font = `${row.worker === null ? "600 " : ""}12px system-ui, sans-serif`;
  context.fillText(row.text, row.worker === null ? 6 : left < 150 ? 14 : 22, y + 14);
  context.restore();
}

// How busy a manager was, second by second, in the colour of what ended there last.
function cells(context, row, y, x, now, style) {
  for (const { time, busy, hue: tint } of row.cells) {
    if (busy === 0 || time < now - SECONDS * 1000) continue;
    const from = x(time - 1000), to = x(time);
    context.fillStyle = tint === null ? `rgba(${style.cell}, ${0.25 + busy * 0.065})` : `hsla(${tint}, 55%, 52%, ${0.3 + busy * 0.06})`;
    const height = 2 + (busy / 10) * (ROW - 6);
    context.fillRect(from, y + ROW - 2 - height, Math.max(1, to - from), height);
  }
}

function spans(context, row, y, x, style, chosen) {
  for (const span of row.spans) {
    const from = x(span.begun), width = Math.max(1.5, x(span.ended) - from);
    context.fillStyle = `hsl(${hue(span.uuid)}, 55%, 52%)`;
    context.fillRect(from, y + 3, width, ROW - 6);
    if (span.state !== 3 || span === chosen) {
      context.strokeStyle = span === chosen ? style.text : style.bad;
      context.lineWidth = 1.5;
      context.strokeRect(from, y + 3, Math.max(2, width), ROW - 6);
    }
  }
}

// The rows that are in sight, from `top` px on.
export function timeline(canvas, rows, view) {
  const { width, height, top, left, now, style, selected, chosen } = view;
  const context = fit(canvas, width, height);
  canvas.style.height = `${height}px`;
  const x = (time) => left + (width - left) * (1 - (now - time) / (SECONDS * 1000));
  grid(context, left, width, height, now, style);
  const first = Math.floor(top / ROW);
  for (let i = first; i < rows.length && (i - first) * ROW < height + ROW; i += 1) {
    const y = i * ROW - top;
    if (i === selected) {
      context.fillStyle = style.select;
      context.fillRect(0, y, width, ROW);
    }
    context.save();
    context.beginPath();
    context.rect(left, y, width - left, ROW);
    context.clip();
    if (rows[i].worker === null) cells(context, rows[i], y, x, now, style);
    spans(context, rows[i], y, x, style, chosen);
    context.restore();
    label(context, rows[i], y, left, style);
  }
}
