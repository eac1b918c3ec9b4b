// Numbers, times and units as people read them.
import { el } from "./dom.js";

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayAndClock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

export const count = (n) => whole.format(n ?? 0);
export const shortCount = (n) => (n < 1000000 ? whole.format(n ?? 0) : compact.format(n));
export const plural = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;

export function duration(seconds) {
  const s = Math.max(0, seconds);
  if (s < 1) return "under a second";
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

export function ago(iso) {
  const seconds = (Date.now() - Date.parse(iso)) / 1000;
  if (seconds < 2) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

export function clockTime(iso) {
  const time = new Date(iso);
  return Date.now() - time < 20 * 3600 * 1000 ? clock.format(time) : dayAndClock.format(time);
}

// <time> with the exact moment in it. `live`: says how long ago it was and keeps that true (see tickTimes).
export function timeNode(iso, live = false) {
  const node = el("time");
  setTime(node, iso, live);
  return node;
}

export function setTime(node, iso, live = node.dataset.live === "1") {
  if (live) node.dataset.live = "1";
  if (!iso) {
    node.removeAttribute("datetime");
    node.textContent = "never";
    return;
  }
  if (node.getAttribute("datetime") !== iso) {
    node.setAttribute("datetime", iso);
    node.title = dayAndClock.format(new Date(iso));
  }
  const text = live ? ago(iso) : clockTime(iso);
  if (node.textContent !== text) node.textContent = text;
}

export function tickTimes() {
  for (const node of document.querySelectorAll("time[data-live][datetime]")) setTime(node, node.getAttribute("datetime"), true);
}

// SenML units (RFC 8428, RFC 8798) with the sign people write.
const units = { Cel: "°C", "%RH": "% RH", "/": "", "%": "%", "/100": "%", lx: "lx", lux: "lx", "m/s2": "m/s²", "W/m2": "W/m²", m2: "m²", m3: "m³",
  Ohm: "Ω", ohm: "Ω", "1/min": "/min", deg: "°", lat: "° lat", lon: "° lon", "%EL": "% left", "rad/s": "rad/s", kWh: "kWh", Ws: "W s", "ug/m3": "µg/m³" };
export const unit = (name) => units[name] ?? name ?? "";

// Devices count in binary floating point; nobody wants to read 21.399999618530273.
export function reading(text) {
  if (!/^-?\d+\.\d{5,}$/.test(text)) return text;
  return String(Number(Number(text).toPrecision(7)));
}
