// The rules in force; fetched when someone looks.
import { $, el, setText } from "./dom.js";
import { api } from "./api.js";
import { clockTime, plural } from "./format.js";

function ruleRow(rule) {
  return el("tr", {}, el("th", { scope: "row" }, rule.name), el("td", { class: "path" }, rule.match), el("td", { class: "path" }, rule.target),
    el("td", {}, el("details", {}, el("summary", {}, "JSON"), el("pre", {}, JSON.stringify(rule.rule, null, 2)))));
}

async function load() {
  try {
    const mapping = await api.mapping();
    const applied = mapping.applied_at ? `, applied ${clockTime(mapping.applied_at)}` : "";
    setText($("mapping-summary"), `${mapping.set}, version ${mapping.number}${applied}, ${plural(mapping.rules.length, "rule")}`);
    const head = el("tr", {}, ...["Rule", "Matches", "Becomes", ""].map((name) => el("th", { scope: "col" }, name || el("span", { class: "sr" }, "As JSON"))));
    $("mapping-body").replaceChildren(
      el("div", { class: "table-box" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...mapping.rules.map(ruleRow)))),
      el("p", { class: "quiet muted" }, mapping.default_rule ? "What no rule names is mapped by the default rule: a container per resource." : "What no rule names is counted as unmapped.",
        ` Number ${mapping.number}, hash ${mapping.hash.slice(0, 12)}.`,
        mapping.devices_to_plan ? ` ${plural(mapping.devices_to_plan, "device")} still to be looked at since it came into force.` : ""));
  } catch (error) {
    $("mapping-body").replaceChildren(el("p", { class: "quiet bad" }, error.message));
  }
}

export function setUpMapping() {
  $("mapping").addEventListener("toggle", () => $("mapping").open && load());
}
