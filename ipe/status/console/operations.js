// What a person asks of one device, and what became of it. What changes something asks once before it is sent.
import { $, el, reconcile, setAttribute, setText } from "./dom.js";
import { api } from "./api.js";
import { reading, setTime, timeNode } from "./format.js";

const kCommands = 8;
const kStates = { succeeded: "good", accepted: "wait", waiting: "wait", sent: "wait", failed: "bad", expired: "bad" };
const kPath = /^(\/\d+){1,4}$/;

// name: what the button says; sure: what is asked before it is sent; value: without one, it cannot be sent.
const verbs = [
  { name: "Read", ask: api.read },
  { name: "Write", ask: api.write, sure: "Write to the device?", value: "Write what? Fill in a value: 21.5, true, or a text." },
  { name: "Execute", ask: api.execute, sure: "Execute on the device?" },
  { name: "Observe", ask: api.observe },
  { name: "Cancel", ask: api.cancel, title: "End the observation of this path" },
  { name: "Discover", ask: api.discover },
  { name: "Attributes", ask: (endpoint, path, text) => (text ? api.setAttributes(endpoint, path, text) : api.attributes(endpoint, path)),
    title: "Show notification attributes; with pmin=10 gt in the field, set pmin and take gt away" },
  { name: "Create", ask: api.create, sure: "Create an instance on the device?" },
  { name: "Delete", ask: api.remove, sure: "Delete on the device?" },
];

export class Operations {
  constructor() {
    this.endpoint = null;
    this.turn = 0;
    this.commands = new Map();  // id -> command
    $("confirm-yes").addEventListener("click", () => { $("confirm").close(); this.confirmed?.(); });
  }

  open(endpoint) {
    this.endpoint = endpoint;
    this.turn++;
    this.commands.clear();
    this.path = el("input", { id: "ask-path", list: "ask-paths", placeholder: "/3303/0/5700", autocomplete: "off", spellcheck: "false" });
    this.value = el("input", { id: "ask-value", placeholder: "for Write, Execute, Create, Attributes", autocomplete: "off", spellcheck: "false" });
    this.paths = el("datalist", { id: "ask-paths" });
    this.answer = el("div", { class: "answer", id: "ask-answer", role: "status" });
    this.list = el("tbody");
    this.table = el("table", { class: "commands", hidden: true }, el("caption", {}, "What it was asked lately"),
      el("thead", {}, el("tr", {}, ...["What", "When", "State", ""].map((head) => el("th", { scope: "col" }, head)))), this.list);
    const buttons = verbs.map((verb, i) => el("button", { type: i === 0 ? "submit" : "button", title: verb.title, onclick: (event) => { event.preventDefault(); this.use(verb); } }, verb.name));
    const kick = el("button", { type: "button", title: "Executes Registration Update Trigger, /1/x/8", onclick: () => this.send("Update registration", () => api.kick(this.endpoint)) }, "Update registration");
    this.node = el("section", { class: "operations", "aria-labelledby": "ask-title" }, el("h3", { id: "ask-title" }, "Ask this device"),
      el("form", { onsubmit: (event) => event.preventDefault() },
        el("div", { class: "fields" }, el("label", {}, "Path", this.path, this.paths), el("label", {}, "Value", this.value)),
        el("div", { class: "verbs" }, ...buttons, kick)), this.answer, this.table);
  }

  // Paths to choose from: what it declared and what it said.
  know(device) {
    const known = [...new Set([...device.values.map((value) => value.path), ...device.objects])];
    reconcile(this.paths, known, (path) => path, (path) => el("option", { value: path }), () => {});
  }

  choose(path) {
    this.path.value = path;
    this.path.focus();
    this.path.scrollIntoView({ block: "nearest" });
  }

  use(verb) {
    const path = this.path.value.trim(), text = this.value.value.trim();
    if (!kPath.test(path)) return this.say("A path is one to four numbers, each after a slash: /3303/0/5700.", true, this.path);
    if (verb.value && !text) return this.say(verb.value, true, this.value);
    const { endpoint } = this;
    const go = () => this.send(`${verb.name} ${path}`, () => verb.ask(endpoint, path, text));
    if (!verb.sure) return go();
    setText($("confirm-title"), verb.sure);
    $("confirm-what").replaceChildren(`${verb.name} `, el("code", {}, path), ...(text ? [" with ", el("code", {}, text)] : []), " on ", el("code", {}, endpoint), ".");
    setText($("confirm-yes"), verb.name);
    this.confirmed = () => endpoint === this.endpoint && go();
    $("confirm").showModal();
  }

  async send(what, ask) {
    const turn = ++this.turn;
    this.say(`${what} …`);
    try {
      const body = await ask();
      if (turn === this.turn) this.tell(what, body);
    } catch (error) {
      if (turn === this.turn) this.say(error.message, true);
    }
    this.load();
  }

  say(text, bad = false, field = null) {
    setAttribute(this.answer, "data-bad", bad ? "1" : null);
    this.answer.replaceChildren(text);
    field?.focus();
  }

  tell(what, body) {
    if (body?.queued) return this.say(`${what}: the device sleeps, the command waits for it (below).`);
    const rows = rowsOf(body);
    if (rows.length === 0) return this.say(`${what}: done.`);
    setAttribute(this.answer, "data-bad", null);
    this.answer.replaceChildren(el("dl", {}, ...rows.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))));
  }

  async load() {
    const { endpoint } = this;
    if (!endpoint) return;
    try {
      const { commands } = await api.commands(endpoint, kCommands);
      if (endpoint !== this.endpoint) return;
      this.commands = new Map(commands.map((command) => [command.id, command]));
      this.show();
    } catch {
      // The rest of the page says that there is no connection.
    }
  }

  hear(command) {
    this.commands.set(command.id, command);
    this.show();
  }

  show() {
    const newest = [...this.commands.values()].sort((a, b) => (a.accepted < b.accepted ? 1 : -1)).slice(0, kCommands);
    this.table.hidden = newest.length === 0;
    reconcile(this.list, newest, (command) => command.id, (command) => this.makeRow(command), (row, command) => {
      setText(row.parts.state, command.code ? `${command.state} ${command.code}` : command.state);
      setAttribute(row.parts.state, "data-level", kStates[command.state] ?? "idle");
      setText(row.parts.reason, command.reason);
      setTime(row.parts.time, command.changed, true);
      row.parts.withdraw.hidden = command.state !== "waiting" && command.state !== "accepted";
    });
  }

  makeRow({ id, operation }) {
    const row = el("tr");
    const where = operation.path ?? operation.paths?.join(", ") ?? "";
    row.parts = {
      state: el("span", { class: "fate" }), reason: el("span", { class: "sub" }), time: timeNode(null, true),
      withdraw: el("button", { type: "button", class: "quiet-danger", "aria-label": `Withdraw ${operation.op} ${where}`,
        onclick: () => this.send(`Withdraw ${operation.op} ${where}`, () => api.withdraw(id)) }, "Withdraw"),
    };
    row.append(el("th", { scope: "row" }, operation.op, " ", el("span", { class: "path" }, where)), el("td", {}, row.parts.time),
      el("td", {}, row.parts.state, row.parts.reason), el("td", { class: "num" }, row.parts.withdraw));
    return row;
  }
}

// An answer as lines: path and value, or path and attributes.
function rowsOf(body) {
  if (body === null || typeof body !== "object") return [];
  if (body.links) return body.links.map((link) => [link.target, attributesOf(link.attributes)]);
  if (body.attributes) return [[body.path, attributesOf(body.attributes) || "no attributes of its own"]];
  if ("value" in body) return leavesOf(body.path === "/" || !body.path ? "" : body.path, body.value);
  return body.path ? [["Created", body.path]] : [];
}

const attributesOf = (attributes) => Object.entries(attributes).map(([name, value]) => (value === null ? name : `${name}=${value}`)).join("  ");

function leavesOf(path, value) {
  if (value === null || typeof value !== "object") return [[path, reading(String(value))]];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(key.startsWith("/") ? key : `${path}/${key}`, inner));
}
