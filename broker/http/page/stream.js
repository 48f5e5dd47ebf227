// The way to the broker: the token, questions, and the stream of events, which is begun anew whenever it ends.
const $ = (id) => document.getElementById(id);

const TOKEN = "mailroom-token";
let token = stored("sessionStorage", TOKEN) ?? "";
let opened = () => {}; // somebody who was at the door has a token now

export function enter(given) {
  token = given;
  store("sessionStorage", TOKEN, token);
  $("door").hidden = true;
  opened();
}

export function readHash() {
  if (!location.hash) return;
  enter(location.hash.slice(1));
  history.replaceState(null, "", location.pathname); // it is not for whoever looks over a shoulder
}

export function stored(where, name) {
  try { return window[where].getItem(name); } catch { return null; }
}

export function store(where, name, value) {
  try { window[where].setItem(name, value); } catch { /* in a frame of others there may be no storage */ }
}

export function ask(path, options = {}) {
  return fetch(path, { ...options, cache: "no-store", headers: token ? { Authorization: `Bearer ${token}` } : {} });
}

export function say(text, kind) {
  $("state").textContent = text;
  $("state").className = kind;
}

export async function pause(ms) {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

// Events, until the stream ends; a stream that says nothing for ten seconds has ended too.
async function* events(answer, abort) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const timer = setTimeout(() => abort.abort(), 10000);
    const { done, value } = await reader.read();
    clearTimeout(timer);
    if (done) return;
    rest += value;
    for (let end; (end = rest.indexOf("\n\n")) >= 0; rest = rest.slice(end + 2)) {
      const found = /^event: (\w+)\ndata: (.*)$/s.exec(rest.slice(0, end));
      if (found) yield { kind: found[1], data: JSON.parse(found[2]) };
    }
  }
}

// Follows the broker's events for ever; `hello` and `tick` take them.
export async function follow(hello, tick) {
  for (let wait = 1; ; wait = Math.min(15, wait * 2)) {
    const abort = new AbortController();
    try {
      const answer = await ask("live", { signal: abort.signal });
      if (answer.status === 401) {
        await atTheDoor();
        wait = 0.5;
        continue;
      }
      if (!answer.ok) throw new Error((await answer.text()).trim());
      for await (const event of events(answer, abort)) {
        wait = 0.5;
        (event.kind === "hello" ? hello : tick)(event.data);
      }
      throw new Error("the broker ended the stream");
    } catch (error) {
      abort.abort();
      const why = error instanceof TypeError || error.name === "AbortError" ? "no connection" : error.message;
      say(`${why}; trying again in ${wait} s`, "lost");
      await pause(wait * 1000);
    }
  }
}

function atTheDoor() {
  say("for admins", "lost");
  $("door").hidden = false;
  return new Promise((resolve) => { opened = resolve; });
}
