// What one device says, as it says it, and where each value goes.
import { $, el, flash, reconcile, setAttribute, setText, svg } from "./dom.js";
import { api } from "./api.js";
import { duration, reading, setTime, timeNode, unit } from "./format.js";
import { accountNode, showAccount } from "./health.js";
import { levelOf } from "./devices.js";
import { resourceName } from "./names.js";
import { Operations } from "./operations.js";

const kHistory = 60;
const kLeastSlots = 16;
const kFates = {
  delivered: ["good", "delivered"], pending: ["wait", "waiting"], filtered: ["idle", "filtered"], unmapped: ["idle", "unmapped"],
  rejected: ["bad", "rejected"], decode_error: ["bad", "unreadable"], expired: ["bad", "expired"],
};

export class DeviceDetail {
  // onClose(): back to the table; onForgotten(endpoint)
  constructor({ onClose, onForgotten }) {
    Object.assign(this, { onClose, onForgotten });
    this.endpoint = null;
    this.asked = 0;
    this.values = new Map();  // path -> the newest value
    this.history = new Map();  // path -> numbers since the page was opened
    this.changed = new Set();  // paths to be highlighted in the next frame
    this.frame = null;
    this.operations = new Operations();
    $("detail").addEventListener("keydown", (event) => event.key === "Escape" && !document.querySelector("dialog[open]") && this.onClose());
    $("forget-yes").addEventListener("click", () => this.forget());
  }

  open(endpoint) {
    this.endpoint = endpoint;
    this.values.clear();
    this.history.clear();
    this.changed.clear();
    this.operations.open(endpoint);
    this.build();
    return this.load();
  }

  async load() {
    if (!this.endpoint) return;
    const turn = ++this.asked;
    const { endpoint } = this;
    this.operations.load();
    try {
      const device = await api.device(endpoint);
      if (turn === this.asked && endpoint === this.endpoint) this.show(device);
    } catch (error) {
      if (turn === this.asked && endpoint === this.endpoint && error.status) this.showMissing(error);
    }
  }

  build() {
    this.parts = {
      title: el("h2", { id: "detail-name" }, this.endpoint), state: el("span", { class: "badge" }), facts: el("dl", { class: "facts" }),
      rows: el("tbody"), empty: el("p", { class: "muted quiet" }, "Asking …"), account: accountNode(), problems: el("ul", { class: "problems" }),
      observed: el("p", { class: "muted observed" }),
    };
    const { title, state, facts, rows, empty, account, problems, observed } = this.parts;
    this.parts.table = el("table", { class: "values", hidden: true },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Resource"), el("th", { scope: "col", class: "num" }, "Last value"),
        el("th", { scope: "col", class: "trend" }, el("span", { class: "sr" }, "Course")), el("th", { scope: "col" }, "Went to"))), rows);
    this.parts.problemsBox = el("div", { class: "problem-box", hidden: true }, el("h3", {}, "Problems of this device"), problems);
    $("detail-body").replaceChildren(
      el("div", { class: "detail-head" }, el("button", { type: "button", class: "back", onclick: () => this.onClose() }, "‹ Devices"),
        el("div", { class: "title-line" }, title, state), facts),
      this.parts.problemsBox,
      el("div", { class: "values-box" }, this.parts.table, empty),
      this.operations.node,
      el("div", { class: "detail-foot" }, el("h3", {}, "Its readings"), account, observed,
        el("button", { type: "button", class: "quiet-danger", onclick: () => this.askForget() }, "Forget this device …")));
    $("detail-empty").hidden = true;
    $("detail-body").hidden = false;
    $("detail").setAttribute("aria-labelledby", "detail-name");
  }

  show(device) {
    const { state, facts, account, problems, problemsBox, observed, empty } = this.parts;
    setText(state, device.state);
    setAttribute(state, "data-level", device.state === "registered" ? "good" : "idle");
    setAttribute($("detail"), "data-level", levelOf(device));
    const rows = [
      ["Address", device.address], ["LwM2M", [device.lwm2m_version, device.binding && `binding ${device.binding}`].filter(Boolean).join(", ")],
      ["Lifetime", device.lifetime_s ? duration(device.lifetime_s) : ""], ["Registered", device.since], ["In the CSE", [device.name, device.cse_status].filter(Boolean).join(", ")],
    ].filter(([, value]) => value);
    reconcile(facts, rows, ([name]) => name, ([name]) => el("div", {}, el("dt", {}, name), el("dd", {}, name === "Registered" ? timeNode(null, true) : "")),
      (node, [name, value]) => (name === "Registered" ? setTime(node.lastElementChild.firstElementChild, value, true) : setText(node.lastElementChild, value)));
    for (const value of device.values) this.take(value);
    this.showValues();
    if (this.values.size === 0) setText(empty, "It has not reported a value yet.");
    showAccount(account, device.accounting);
    problemsBox.hidden = device.problems.length === 0;
    reconcile(problems, device.problems, (problem) => problem, (problem) => el("li", {}, problem), () => {});
    this.operations.know(device);
    setText(observed, device.observed.length === 0 ? "Nothing is observed." : `Observed: ${device.observed.join(", ")}`);
  }

  showMissing(error) {
    $("detail-body").hidden = true;
    $("detail-empty").hidden = false;
    $("detail").setAttribute("aria-labelledby", "detail-title");
    $("detail-empty").replaceChildren(el("h2", { id: "detail-title" }, error.status === 404 ? "This device is not here" : "Cannot show this device"), el("p", {}, error.message));
  }

  // Keeps the newer of what is known and what came; an event may have overtaken an answer.
  take(value) {
    const known = this.values.get(value.path);
    if (known && value.time && known.time > value.time) return false;
    const isNew = !known || known.time !== value.time || known.value !== value.value;
    this.values.set(value.path, value);
    if (isNew && value.value !== "" && Number.isFinite(Number(value.value))) {
      const numbers = this.history.get(value.path) ?? [];
      numbers.push(Number(value.value));
      this.history.set(value.path, numbers.slice(-kHistory));
    }
    return isNew;
  }

  hear(value) {
    if (value.endpoint !== this.endpoint || !this.parts) return;
    const before = this.values.get(value.path)?.value;
    if (!this.take(value)) return;
    if (before !== value.value) this.changed.add(value.path);
    this.frame ??= requestAnimationFrame(() => this.showChanged());
  }

  hearCommand(command) {
    if (command.endpoint === this.endpoint) this.operations.hear(command);
  }

  // A device says many things at once; the page is drawn once for all of them.
  showChanged() {
    this.frame = null;
    this.showValues();
    for (const row of this.parts.rows.children) if (this.changed.has(row.dataset.key)) flash(row.parts.number);
    this.changed.clear();
  }

  showValues() {
    const values = [...this.values.values()].sort((a, b) => byPath(a.path, b.path));
    this.parts.table.hidden = values.length === 0;
    this.parts.empty.hidden = values.length > 0;
    reconcile(this.parts.rows, values, (value) => value.path, (value) => makeValueRow(value, (path) => this.operations.choose(path)), (row, value) => {
      const { number, unitText, time, target, fate, trend } = row.parts;
      setText(number, reading(value.value));
      setAttribute(number, "data-text", Number.isFinite(Number(value.value)) && value.value !== "" ? null : "1");
      setText(unitText, unit(value.unit));
      setTime(time, value.time, true);
      showTarget(target, value.target);
      const [level, word] = kFates[value.fate] ?? ["idle", value.fate];
      setText(fate, word);
      setAttribute(fate, "data-level", level);
      drawTrend(trend, this.history.get(value.path) ?? []);
    });
  }

  askForget() {
    setText($("forget-name"), this.endpoint);
    setText($("forget-problem"), "");
    $("forget").showModal();
  }

  async forget() {
    try {
      await api.forget(this.endpoint);
      $("forget").close();
      this.onForgotten(this.endpoint);
    } catch (error) {
      setText($("forget-problem"), error.message);
    }
  }

  close() {
    this.endpoint = null;
    this.asked++;
    $("detail-body").hidden = true;
    $("detail-empty").hidden = false;
    $("detail").setAttribute("aria-labelledby", "detail-title");
    $("detail-empty").replaceChildren(el("h2", { id: "detail-title" }, "No device selected"), el("p", {}, "Select a device to watch what it says and where that goes."));
  }
}

// /3303/2 before /3303/10
function byPath(a, b) {
  const left = a.split("/").map(Number), right = b.split("/").map(Number);
  for (let i = 1; i < Math.max(left.length, right.length); ++i) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function makeValueRow(value, choose) {
  const row = el("tr");
  row.parts = {
    value: el("td", { class: "num value" }), number: el("span", { class: "number" }), unitText: el("span", { class: "unit" }), time: timeNode(null, true),
    target: el("span", { class: "target" }), fate: el("span", { class: "fate" }),
    trend: svg("svg", { class: "spark", viewBox: "0 0 72 24", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("polyline")),
  };
  const { number, unitText, time, target, fate, trend } = row.parts;
  row.parts.value.append(el("span", { class: "amount" }, number, unitText), el("span", { class: "sub" }, time));
  row.append(el("th", { scope: "row" }, el("span", { class: "resource" }, resourceName(value.path)), el("button", { type: "button", class: "sub path pick", title: "Ask the device about it", onclick: () => choose(value.path) }, value.path)),
    row.parts.value, el("td", { class: "trend" }, trend), el("td", { class: "went" }, fate, target));
  return row;
}

// A path may break after each slash, and is copied whole.
function showTarget(node, path) {
  if (node.textContent === (path || "no rule maps it")) return;
  setAttribute(node, "data-none", path ? null : "1");
  node.replaceChildren(...(path ? path.split("/").flatMap((part, i) => (i === 0 ? [part] : ["/", el("wbr"), part])) : ["no rule maps it"]));
}

function drawTrend(node, numbers) {
  const line = node.firstElementChild;
  if (numbers.length < 2) return line.removeAttribute("points");
  const least = Math.min(...numbers), span = Math.max(...numbers) - least;
  const step = 70 / (Math.max(kLeastSlots, numbers.length) - 1), start = 71 - (numbers.length - 1) * step;
  line.setAttribute("points", numbers.map((n, i) => `${(start + i * step).toFixed(1)},${(span === 0 ? 12 : 22 - ((n - least) / span) * 20).toFixed(1)}`).join(" "));
}

