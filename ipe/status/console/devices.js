// Which devices are here: a table with search and pages, walked with the arrow keys.
import { $, debounce, el, flash, reconcile, setAttribute, setText, throttle } from "./dom.js";
import { api } from "./api.js";
import { count, plural, setTime, shortCount, timeNode } from "./format.js";
import { objectName } from "./names.js";

const kPage = 50;
const kNamed = 6;  // objects named in a row; there is room for about three
const kManagement = new Set(["0", "1", "2", "21"]);  // of no interest here: every device has them

export class DeviceTable {
  // onSelect(endpoint); onPage(): other devices are shown now; onTrouble(error)
  constructor({ onSelect, onPage, onTrouble }) {
    Object.assign(this, { onSelect, onPage, onTrouble });
    this.page = { devices: [], total: 0 };
    this.search = "";
    this.offset = 0;
    this.selected = null;
    this.focused = null;
    this.asked = 0;
    this.loaded = false;
    this.lwm2mUrl = "";
    this.rows = $("device-rows");
    this.rows.addEventListener("click", (event) => this.pick(event.target.closest("tr")));
    this.rows.addEventListener("keydown", (event) => this.key(event));
    this.rows.addEventListener("focusin", (event) => this.focus(event.target.closest("tr"), false));
    $("search").addEventListener("input", debounce(200, () => this.goTo($("search").value.trim(), 0)));
    $("search").addEventListener("keydown", (event) => event.key === "ArrowDown" && this.focusFirst(event));
    $("previous-page").addEventListener("click", () => this.turn(-1));
    $("next-page").addEventListener("click", () => this.turn(1));
    this.refresh = throttle(1000, () => this.load());
  }

  shown() { return this.page.devices.map((device) => device.endpoint); }

  goTo(search, offset) {
    this.search = search;
    this.offset = offset;
    return this.load();
  }

  async turn(by) {
    const offset = this.offset + by * kPage;
    if (offset < 0 || offset >= this.page.total) return false;
    await this.goTo(this.search, offset);
    return true;
  }

  async load() {
    const turn = ++this.asked;
    try {
      const page = await api.devices(this.search, this.offset, kPage);
      if (turn !== this.asked) return;  // a later question overtook this one
      if (page.devices.length === 0 && page.total > 0 && this.offset > 0) {
        this.offset = Math.floor((page.total - 1) / kPage) * kPage;
        await this.load();
        return;
      }
      const before = this.shown().join("\n");
      this.page = page;
      this.loaded = true;
      this.show();
      if (this.shown().join("\n") !== before) this.onPage();
    } catch (error) {
      this.onTrouble(error);
    }
  }

  show() {
    const { devices, total } = this.page;
    if (!devices.some((device) => device.endpoint === this.focused)) this.focused = null;
    const entry = this.focused ?? devices.find((device) => device.endpoint === this.selected)?.endpoint ?? devices[0]?.endpoint;
    reconcile(this.rows, devices, (device) => device.endpoint, () => this.makeRow(), (row, device) => this.showRow(row, device, entry));
    setText($("devices-count"), this.search ? `${count(total)} match` : plural(total, "device"));
    $("device-table").hidden = devices.length === 0;
    $("device-help").hidden = devices.length === 0;
    this.showPager(devices.length, total);
    this.showEmpty(devices.length === 0);
  }

  makeRow() {
    const row = el("tr", { role: "row" });
    row.parts = {
      mark: el("span", { class: "mark" }), name: el("span", { class: "endpoint" }), state: el("span", { class: "state-word" }), objects: el("span", { class: "sub objects" }),
      time: timeNode(null, true), delivered: el("td", { class: "num" }), pending: el("td", { class: "num" }),
    };
    const { mark, name, state, objects, time, delivered, pending } = row.parts;
    row.append(el("th", { scope: "row" }, el("div", { class: "who" }, mark, el("div", {}, name, state, objects))), el("td", { class: "heard" }, time), delivered, pending);
    return row;
  }

  showRow(row, device, entry) {
    const { mark, name, state, time, delivered, pending } = row.parts;
    const { accounting } = device;
    setText(name, device.endpoint);
    setText(state, device.state === "registered" ? "" : device.state);
    setAttribute(row, "title", device.address);
    setAttribute(row, "data-level", levelOf(device));
    setAttribute(mark, "title", device.state);
    this.showObjects(row, device.objects);
    if (!row.heardAt || device.last_seen > row.heardAt) row.heardAt = device.last_seen;
    setTime(time, row.heardAt, true);
    setText(delivered, shortCount(accounting.delivered));
    setText(pending, accounting.pending > 0 ? shortCount(accounting.pending) : "–");
    setAttribute(pending, "data-some", accounting.pending > 0 ? "1" : null);
    setAttribute(row, "aria-selected", String(device.endpoint === this.selected));
    row.tabIndex = device.endpoint === entry ? 0 : -1;
  }

  showObjects(row, objects) {
    const key = objects.join(" ");
    if (row.objectsKey === key) return;
    row.objectsKey = key;
    const worth = objects.filter((path) => !kManagement.has(path.split("/")[1]));
    worth.sort((a, b) => rank(a) - rank(b));
    const more = worth.length > kNamed ? ` +${worth.length - kNamed}` : "";
    setText(row.parts.objects, worth.slice(0, kNamed).map(objectName).join(" · ") + more);
    setAttribute(row.parts.objects, "title", objects.join("  "));
  }

  showPager(length, total) {
    $("pager").hidden = total <= kPage;
    setText($("page-range"), `${count(this.offset + 1)} to ${count(this.offset + length)} of ${count(total)}`);
    $("previous-page").disabled = this.offset === 0;
    $("next-page").disabled = this.offset + length >= total;
  }

  showEmpty(empty) {
    const box = $("devices-empty");
    box.hidden = !empty;
    if (!empty) return;
    if (this.search) {
      box.replaceChildren(el("h3", {}, "No match"), el("p", {}, `No endpoint name contains “${this.search}”.`));
      return;
    }
    const url = this.lwm2mUrl.replace("0.0.0.0", location.hostname).replace("[::]", location.hostname) || "coap://HOST:5683";
    box.replaceChildren(el("h3", {}, "No device yet"), el("p", {}, "Point a LwM2M client at ", el("code", {}, url), ", or let five simulated devices register:"),
      el("pre", {}, `isthmus sim --server ${url} --devices 5`));
  }

  // A device said something: its row shows it without asking anew.
  heard(endpoint, time) {
    const row = [...this.rows.children].find((candidate) => candidate.dataset.key === endpoint);
    if (!row) return;
    row.heardAt = time;
    setTime(row.parts.time, time, true);
    flash(row.parts.mark);
  }

  select(endpoint) {
    this.selected = endpoint;
    for (const row of this.rows.children) setAttribute(row, "aria-selected", String(row.dataset.key === endpoint));
  }

  pick(row) {
    if (!row) return;
    this.focus(row, true);
    this.onSelect(row.dataset.key);
  }

  focus(row, move) {
    if (!row) return;
    this.focused = row.dataset.key;
    for (const other of this.rows.children) other.tabIndex = other === row ? 0 : -1;
    if (move) row.focus();
  }

  focusFirst(event) {
    event.preventDefault();
    this.focus(this.rows.firstElementChild, true);
  }

  focusSelected() {
    const row = [...this.rows.children].find((candidate) => candidate.dataset.key === this.selected) ?? this.rows.firstElementChild;
    this.focus(row, true);
  }

  async key(event) {
    const row = event.target.closest("tr");
    const moves = {
      ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling, Home: this.rows.firstElementChild, End: this.rows.lastElementChild,
    };
    if (event.key in moves) {
      event.preventDefault();
      this.focus(moves[event.key], true);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.pick(row);
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      event.preventDefault();
      if (await this.turn(event.key === "PageDown" ? 1 : -1)) this.focus(this.rows.firstElementChild, true);
    }
  }
}

// Sensors and actuators before what every device has.
const rank = (path) => (Number(path.split("/")[1]) >= 3200 ? 0 : 1);

export function levelOf(device) {
  if (device.state !== "registered") return "idle";
  const { rejected, decode_error } = device.accounting;
  return rejected + decode_error > 0 ? "warn" : "good";
}
