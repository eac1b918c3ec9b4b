// What went wrong, and what to do.
import { $, el, reconcile, setText } from "./dom.js";
import { api } from "./api.js";
import { count, plural, timeNode } from "./format.js";

const kMost = 50;

const advice = [
  ["decode_error", (n) => `${plural(n, "reading")} could not be decoded.`, "The device's page names the bytes; check the content format and the object version it claims."],
  ["unmapped", (n) => `${plural(n, "reading")} ${n === 1 ? "is" : "are"} named by no rule.`, "Add a rule, or set `mapping.default` to `on`. `isthmus mapping coverage` lists them."],
  ["expired", (n) => `${plural(n, "reading")} expired before the CSE took ${n === 1 ? "it" : "them"}.`, "The CSE was away for longer than they may wait."],
];

// Text between backticks as code.
const withCode = (text) => text.split("`").map((part, i) => (i % 2 === 1 ? el("code", {}, part) : part));

export class Trouble {
  constructor() {
    this.list = el("ul", { class: "advice" });
    this.rows = el("tbody");
    this.table = el("table", { class: "rejected", hidden: true },
      el("thead", {}, el("tr", {}, ...["When", "Device and target", "Content", "Why the CSE refused it"].map((name) => el("th", { scope: "col" }, name)))), this.rows);
    this.quiet = el("p", { class: "quiet muted" });
    $("trouble").append(this.list, el("div", { class: "table-box" }, this.table), this.quiet);
    this.known = null;
  }

  // Asks for the rejected rows only when their number changed.
  async show(account) {
    const items = advice.filter(([key]) => account[key] > 0);
    reconcile(this.list, items, ([key]) => key, () => el("li", {}, el("strong"), " ", el("span")), (node, [key, sentence, remedy]) => {
      setText(node.firstElementChild, sentence(account[key]));
      if (!node.lastElementChild.hasChildNodes()) node.lastElementChild.append(...withCode(remedy));
    });
    this.list.hidden = items.length === 0;
    this.items = items.length;
    this.rejected = account.rejected;
    if (account.rejected !== this.known) {
      this.known = account.rejected;
      await this.load();
    }
    this.summary();
  }

  async load() {
    try {
      const { rows } = await api.rejected(kMost);
      reconcile(this.rows, rows, (row) => row.id, (row) => el("tr", {},
        el("td", {}, timeNode(row.time, true)), el("td", {}, el("span", { class: "endpoint" }, row.endpoint), el("span", { class: "sub path" }, row.target)),
        el("td", {}, el("code", {}, row.content.length > 200 ? row.content.slice(0, 200) + " …" : row.content)), el("td", { class: "reason" }, row.reason)), () => {});
      this.table.hidden = rows.length === 0;
      this.error = null;
    } catch (error) {
      this.error = error.message;
      this.known = null;
    }
  }

  summary() {
    const nothing = this.items === 0 && this.rejected === 0;
    setText(this.quiet, this.error ?? (nothing ? "Nothing. Every reading so far was decoded, mapped and taken." : ""));
    setText($("trouble-count"), this.rejected > 0 ? `${count(this.rejected)} refused by the CSE` : "");
  }
}
