/**
 * The relay's own page: the tree of actors with their states and progress, what was said among them, and the snapshot of
 * the one that is chosen. Names come from configurations, so everything is put in as text.
 */
export const VIEWER_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>signaled</title>
<style nonce="NONCE">
:root { color-scheme: light dark; --line: light-dark(#d8dee4, #30363d); --dim: light-dark(#656d76, #8b949e); --box: light-dark(#f6f8fa, #161b22) }
body { margin: 0; font: 14px/1.45 system-ui, sans-serif; height: 100vh; display: grid; grid-template: auto 1fr / minmax(22em, 2fr) 3fr }
header { grid-column: 1 / -1; padding: .6em 1em; border-bottom: 1px solid var(--line); display: flex; gap: 1em; align-items: baseline }
header b { font-size: 1.1em } header a { margin-left: auto; color: var(--dim) } #link { color: var(--dim) }
#tree { overflow: auto; padding: .5em; border-right: 1px solid var(--line) }
#right { display: grid; grid-template-rows: 3fr 2fr; min-height: 0 }
#events { overflow: auto; padding: .5em 1em } #detail { overflow: auto; margin: 0; padding: .7em 1em; border-top: 1px solid var(--line); background: var(--box); font: 12px/1.4 ui-monospace, monospace; white-space: pre-wrap }
ul { list-style: none; margin: 0; padding-left: 1.1em } #tree > ul { padding: 0 }
.actor { display: flex; gap: .6em; align-items: center; padding: .15em .5em; border-radius: 6px; cursor: pointer }
.actor:hover, .actor.chosen { background: var(--box) } .name { white-space: nowrap }
.state { font-size: .82em; padding: 0 .55em; border-radius: 1em; background: var(--line) }
.state.going { background: #0969da; color: #fff } .state.good { background: #1a7f37; color: #fff } .state.bad { background: #cf222e; color: #fff } .state.wait { background: #bf8700; color: #fff }
progress { height: .5em; width: 7em; accent-color: #0969da } .count, time { color: var(--dim); font-size: .85em; white-space: nowrap }
.over .name { color: var(--dim) } .event { display: flex; gap: .6em; padding: .1em 0; white-space: nowrap } .event span { overflow: hidden; text-overflow: ellipsis; color: var(--dim) }
</style>
<header><b>signaled</b><span id="link">connecting</span><a id="stately" target="_blank" rel="noreferrer">open in Stately's inspector</a></header>
<nav id="tree"></nav>
<div id="right"><div id="events"></div><pre id="detail">Choose an actor.</pre></div>
<script nonce="NONCE">
const byId = (id) => document.getElementById(id);
const make = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });
byId("stately").href = location.pathname.replace(/\\/$/, "") + "/stately";
let actors = new Map(), chosen, drawing = false;
const GOOD = ["up", "finished", "done"], BAD = ["failed", "held", "left", "cutOff"], WAIT = ["paused", "quiesced"], GOING = ["running", "signaling", "finishing", "planning"];
const leaf = (value) => typeof value === "object" && value !== null ? Object.entries(value).map(([key, inner]) => ["idle", "running"].includes(leaf(inner)) ? key : key + " " + leaf(inner)).join(", ") : String(value ?? "");
const tone = (words) => [["bad", BAD], ["going", [...GOING, "beingTold"]], ["wait", WAIT], ["good", GOOD]].find(([, list]) => list.some((word) => words.split(" ").includes(word)))?.[0] ?? "";
function row(actor) {
  const item = make("li"), line = make("div", "actor" + (actor.snapshot.status === "active" ? "" : " over") + (actor.id === chosen ? " chosen" : ""));
  const words = leaf(actor.snapshot.value), { told, total, failed } = actor.snapshot.context ?? {};
  line.append(make("span", "name", actor.name), make("span", "state " + tone(words), words.replace("beingTold", "being told")));
  if (total > 0) line.append(Object.assign(make("progress"), { max: total, value: told }), make("span", "count", told.toLocaleString("en") + " / " + total.toLocaleString("en") + (failed ? ", " + failed + " failed" : "")));
  line.onclick = () => { chosen = actor.id; draw(); };
  const children = [...actors.values()].filter(({ parent }) => parent === actor.id);
  const list = make("ul");
  // The latest transition comes first; phases and participants stand in their order.
  const transitions = children.filter(({ name }) => / /.test(name) && !/[↑↓]$/.test(name)).reverse();
  list.append(...[...children.filter((child) => !transitions.includes(child)), ...transitions].map(row));
  item.append(line, list);
  return item;
}
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const list = make("ul");
    list.append(...[...actors.values()].filter(({ parent }) => !actors.has(parent)).map(row));
    byId("tree").replaceChildren(list);
    const actor = actors.get(chosen);
    byId("detail").textContent = actor === undefined ? "Choose an actor." : actor.name + "\\n" + JSON.stringify(actor.snapshot, undefined, 2);
  });
}
function tell({ event, sourceId, sessionId, createdAt }) {
  const { type, ...fields } = event, line = make("div", "event");
  const way = (actors.get(sourceId)?.name ?? "") + " → " + (actors.get(sessionId)?.name ?? sessionId);
  line.append(make("time", "", new Date(Number(createdAt)).toLocaleTimeString()), make("div", "", way), make("b", "", type), make("span", "", Object.keys(fields).length === 0 ? "" : JSON.stringify(fields)));
  byId("events").prepend(line);
  while (byId("events").childElementCount > 300) byId("events").lastChild.remove();
}
function hear(message) {
  const { type, sessionId, name, parentId, snapshot } = message;
  if (type === "@xstate.actor") actors.set(sessionId, { id: sessionId, name, parent: parentId, snapshot });
  else if (type === "@xstate.event") tell(message);
  else if (actors.has(sessionId)) actors.get(sessionId).snapshot = snapshot;
  draw();
}
function connect() {
  const socket = new WebSocket(location.href.replace(/^http/, "ws"));
  // Whoever connects is told everything that holds: what was known before may not hold any more.
  socket.onopen = () => { actors = new Map(); byId("link").textContent = "connected"; draw(); };
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onclose = () => { byId("link").textContent = "disconnected, trying again"; setTimeout(connect, 1000); };
}
connect();
</script>
</html>
`;
