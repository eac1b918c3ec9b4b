// Is it healthy? One sentence, the way of a reading in four stages, and where all readings went.
import { $, el, reconcile, setAttribute, setText } from "./dom.js";
import { clockTime, count, duration, plural, shortCount } from "./format.js";

const stages = {};

function stage(id, label) {
  const parts = {
    root: $(id), word: el("span", { class: "word" }), figure: el("strong", { class: "figure" }), caption: el("span", { class: "caption" }),
    detail: el("p", { class: "stage-detail" }), extra: el("div", { class: "stage-extra" }),
  };
  parts.root.append(el("p", { class: "stage-label" }, el("span", {}, label), el("span", { class: "state" }, el("span", { class: "mark", "aria-hidden": "true" }), parts.word)),
    el("p", { class: "stage-main" }, parts.figure, parts.caption), parts.detail, parts.extra);
  return parts;
}

function setUp() {
  stages.devices = stage("stage-devices", "Devices");
  stages.proxy = stage("stage-proxy", "Proxy");
  stages.outbox = stage("stage-outbox", "Outbox");
  stages.cse = stage("stage-cse", "oneM2M CSE");
  stages.outbox.bar = el("span");
  stages.outbox.meter = el("div", { class: "meter", role: "meter", "aria-label": "Outbox", "aria-valuemin": "0" }, stages.outbox.bar);
  stages.outbox.extra.append(stages.outbox.meter);
}

function show(parts, level, word, figure, caption, detail) {
  setAttribute(parts.root, "data-level", level);
  setText(parts.word, word);
  setText(parts.figure, figure);
  setText(parts.caption, caption);
  setText(parts.detail, detail);
}

// "connection refused" -> "Connection refused."
const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1).replace(/[.\s]*$/, ".") : "");

function verdict(status, live) {
  const { cse, outbox, storage, devices, accounting } = status;
  if (live === "lost")
    return ["lost", "The connection to Isthmus is lost", "This page shows what was last known, and is trying again. Is Isthmus still running?"];
  if (!storage.fine)
    return ["bad", "The storage does not take writes", `${sentence(storage.problem || "see the log")} Devices are not acknowledged until it does.`];
  if (outbox.refusing)
    return ["bad", "The outbox is nearly full", `New devices are turned away until fewer than ${count(outbox.low)} rows wait. ${sentence(cse.problem)}`];
  if (!cse.reachable)
    return ["warn", "The CSE cannot be reached", `${sentence(cse.problem)} Nothing is lost: readings are kept here and delivered when it is back.`];
  if (devices.registered === 0)
    return ["good", "Ready for devices", "The CSE answers and the storage is fine. No device is registered."];
  const flow = outbox.oldest_s < 5 ? "readings reach the CSE as they come" : `${plural(outbox.pending, "reading")} on the way, the oldest for ${duration(outbox.oldest_s)}`;
  const refused = accounting.rejected > 0 ? ` The CSE refused ${plural(accounting.rejected, "reading")}: see below.` : "";
  return ["good", "Everything is working", `${plural(devices.registered, "device")} registered; ${flow}.${refused}`];
}

function outboxState(outbox, cse) {
  if (outbox.refusing) return ["bad", "Full"];
  if (outbox.pending === 0) return ["good", "Empty"];
  if (!cse.reachable) return ["warn", "Keeping"];
  return outbox.pending > outbox.low && outbox.low > 0 ? ["warn", "Filling"] : ["good", "Moving"];
}

function showStages({ devices, uptime_s, storage, outbox, cse, lwm2m }) {
  show(stages.devices, devices.registered > 0 ? "good" : "idle", devices.registered > 0 ? "Online" : "None yet", shortCount(devices.registered), "registered",
    devices.known > devices.registered ? `${count(devices.known - devices.registered)} more known, not registered` : lwm2m.url);
  show(stages.proxy, storage.fine ? "good" : "bad", storage.fine ? "Running" : "Storage failed", duration(uptime_s), "up",
    storage.fine ? "storage fine" : storage.problem);
  const [level, word] = outboxState(outbox, cse);
  show(stages.outbox, level, word, shortCount(outbox.pending), "waiting",
    outbox.pending === 0 ? "nothing waits" : `oldest ${duration(outbox.oldest_s)}`);
  const share = outbox.max > 0 ? Math.min(1, outbox.pending / outbox.max) : 0;
  stages.outbox.bar.style.inlineSize = `${(share > 0 ? Math.max(share * 100, 1) : 0).toFixed(1)}%`;
  setAttribute(stages.outbox.meter, "aria-valuenow", outbox.pending);
  setAttribute(stages.outbox.meter, "aria-valuemax", outbox.max);
  setAttribute(stages.outbox.meter, "title", `${count(outbox.pending)} of at most ${count(outbox.max)} rows`);
  const since = cse.since ? ` since ${clockTime(cse.since)}` : "";
  show(stages.cse, cse.reachable ? "good" : "bad", cse.reachable ? "Reachable" : "Unreachable", cse.reachable ? "Answering" : "No answer", since.trim(),
    [cse.url, cse.base].filter(Boolean).join("/"));
}

export function showHealth(status, live) {
  if (!stages.devices) setUp();
  const [level, headline, detail] = verdict(status, live);
  setAttribute($("verdict-box"), "data-level", level);
  setText($("verdict"), headline);
  setText($("verdict-detail"), detail.trim());
  setText($("version"), status.version);
  showStages(status);
  const jobs = status.cse.tree_jobs;
  const notes = [...(jobs > 0 ? [`The place of ${plural(jobs, "device")} in the CSE is still to be made.`] : []), ...status.cse.notes];
  $("notes").hidden = notes.length === 0;
  reconcile($("notes"), notes, (note) => note, (note) => el("li", {}, note), () => {});
}

const outcomes = [
  ["delivered", "Delivered", "stands in the CSE"],
  ["pending", "Waiting", "committed here, not yet in the CSE"],
  ["filtered", "Filtered", "left out on purpose: unchanged, or overtaken by a newer value"],
  ["unmapped", "Unmapped", "no rule names it"],
  ["decode_error", "Unreadable", "its bytes could not be decoded"],
  ["rejected", "Rejected", "the CSE refused it for good"],
  ["expired", "Expired", "given up after its time"],
];

// A bar of all outcomes and their figures, below.
export function accountNode() {
  return el("div", { class: "account-box" }, el("div", { class: "bar", "aria-hidden": "true" }), el("dl", { class: "legend" }));
}

export function showAccount(box, account) {
  const [bar, legend] = box.children;
  const sum = outcomes.reduce((total, [key]) => total + account[key], 0);
  reconcile(bar, outcomes, ([key]) => key, ([key]) => el("span", { class: `outcome-${key}` }), (node, [key]) => {
    node.hidden = account[key] === 0;
    node.style.flexGrow = sum > 0 ? (account[key] / sum).toFixed(5) : "0";
  });
  reconcile(legend, outcomes, ([key]) => key,
    ([key, name, meaning]) => el("div", { class: `outcome-${key}`, title: meaning }, el("dt", {}, el("span", { class: "swatch", "aria-hidden": "true" }), name), el("dd")),
    (node, [key]) => {
      setAttribute(node, "data-none", account[key] === 0 ? "1" : null);
      const doubt = key === "delivered" && account.in_doubt > 0 ? ` (${count(account.in_doubt)} in doubt)` : "";
      setText(node.lastElementChild, count(account[key]) + doubt);
    });
}

export function showTotals(account) {
  const box = $("account").firstElementChild ?? $("account").appendChild(accountNode());
  showAccount(box, account);
  setText($("account-total"), account.received === 0 ? "none received yet" : `${count(account.received)} received, each with exactly one outcome`);
}
