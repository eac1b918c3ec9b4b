// The console: one event stream, the REST API for what the stream does not say, and the parts of the page.
import { $, setAttribute, setText } from "./dom.js";
import { api } from "./api.js";
import { DeviceDetail } from "./detail.js";
import { DeviceTable } from "./devices.js";
import { clockTime, tickTimes } from "./format.js";
import { showHealth, showTotals } from "./health.js";
import { setUpMapping } from "./mapping.js";
import { LiveStream } from "./stream.js";
import { Trouble } from "./trouble.js";

const kFew = 200;  // up to so many devices the stream carries the values of all
const kRefresh = 4000;

let status = null;
let live = "connecting";  // "connecting", "live", "lost", "asking"
let lastWord = null;

const table = new DeviceTable({
  onSelect: (endpoint) => { location.hash = `device=${encodeURIComponent(endpoint)}`; },
  onPage: () => watch(),
  onTrouble: () => {},
});
const detail = new DeviceDetail({
  onClose: () => { table.focusSelected(); location.hash = ""; },
  onForgotten: () => { location.hash = ""; table.load(); },
});
const trouble = new Trouble();
const stream = new LiveStream(onEvent, onState);

function watch() {
  if (table.page.total <= kFew && !table.search) return stream.watch(null);
  stream.watch(new Set([...table.shown(), ...(detail.endpoint ? [detail.endpoint] : [])]));
}

function onEvent(type, data) {
  lastWord = new Date().toISOString();
  if (type === "status") return takeStatus(data);
  if (type === "value") {
    table.heard(data.endpoint, data.time);
    detail.hear(data);
  } else if (type === "command") {
    detail.hearCommand(data);
  } else if (type === "lost") {
    resync();
  } else if (type === "cse") {
    if (status) takeStatus({ ...status, cse: { ...status.cse, ...data } });
  } else {
    table.refresh();
    if (data.endpoint === detail.endpoint) detail.load();
  }
}

const words = { connecting: "Connecting", live: "Live", lost: "Connection lost, trying again", asking: "Not live, refreshing" };

// "asking": there is no stream (too many pages are open, say), but Isthmus answers.
function onState(state) {
  const was = live;
  live = state === "lost" && was === "asking" ? was : state;
  showState();
  if (live === "live" && was !== "live") resync();
}

function showState() {
  setAttribute($("live"), "data-state", live);
  setText($("live-text"), words[live]);
  setAttribute(document.documentElement, "data-live", live);
  setAttribute($("live"), "title", live === "live" || !lastWord ? null : `Last heard ${clockTime(lastWord)}`);
  if (status) showHealth(status, live);
}

function takeStatus(next) {
  status = next;
  table.lwm2mUrl = status.lwm2m.url;
  showHealth(status, live);
  showTotals(status.accounting);
  trouble.show(status.accounting);
  document.title = status.storage.fine && status.cse.reachable ? "Isthmus" : "⚠ Isthmus";
}

async function resync() {
  try {
    takeStatus(await api.status());
    if (live === "lost") live = "asking";
    table.load();
    detail.load();
  } catch {
    if (live === "asking") live = "lost";
  }
  showState();
}

function followAddress() {
  const endpoint = new URLSearchParams(location.hash.slice(1)).get("device");
  table.select(endpoint);
  if (!endpoint) {
    detail.close();
  } else if (endpoint !== detail.endpoint) {
    detail.open(endpoint);
    if (matchMedia("(max-width: 68rem)").matches) $("detail").focus();
  }
  if (table.loaded) watch();
}

addEventListener("hashchange", followAddress);
addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, dialog");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  $("search").focus();
});
setInterval(tickTimes, 1000);
setInterval(() => {
  if (document.visibilityState !== "visible") return;
  if (live !== "live") return resync();
  table.load();
  detail.load();
}, kRefresh);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && resync());

// Where there is room, the page begins with a device that speaks.
function openFirst() {
  const [first] = table.shown();
  if (!first || location.hash || !matchMedia("(min-width: 68.01rem)").matches) return;
  history.replaceState(null, "", `#device=${encodeURIComponent(first)}`);
  followAddress();
}

setUpMapping();
followAddress();
await table.load();
openFirst();
watch();
