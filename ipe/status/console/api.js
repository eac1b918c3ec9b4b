// The REST API (see /openapi.json): every answer as an object, every error as one sentence.

async function ask(path, options = {}) {
  const response = await fetch(path, { cache: "no-store", ...options });
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (response.status === 202) return { queued: body };
  if (!response.ok) {
    const error = new Error(body?.detail ?? `Isthmus answered ${response.status}.`);
    error.status = response.status;
    throw error;
  }
  return body;
}

// A value that is JSON stands for itself; anything else is a text.
function jsonOf(text) {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}

// "pmin=10 gt" -> "?pmin=10&gt="
const attributeQuery = (text) => new URLSearchParams(text.trim().split(/[\s&]+/).map((part) => [part.split("=")[0], part.split("=").slice(1).join("=")]));

const send = (method, path, body = "", type = "application/json") => ask(path, { method, body: body || undefined, headers: body ? { "Content-Type": type } : {} });
const device = (endpoint) => `/api/v1/devices/${encodeURIComponent(endpoint)}`;

export const api = {
  status: () => ask("/api/v1/status"),
  devices: (search, offset, limit) => ask(`/api/v1/devices?${new URLSearchParams({ search, offset, limit })}`),
  device: (endpoint) => ask(device(endpoint)),
  forget: (endpoint) => ask(device(endpoint), { method: "DELETE" }),
  // Each takes the path in the device ("/3303/0/5700") and what stands in the field beside it.
  read: (endpoint, path) => ask(device(endpoint) + path),
  write: (endpoint, path, text) => send("PUT", device(endpoint) + path, jsonOf(text)),
  update: (endpoint, path, text) => send("PATCH", device(endpoint) + path, jsonOf(text)),
  execute: (endpoint, path, text) => send("POST", device(endpoint) + path, text, "text/plain"),
  create: (endpoint, path, text) => send("POST", device(endpoint) + path, text || "{}"),
  remove: (endpoint, path) => send("DELETE", device(endpoint) + path),
  discover: (endpoint, path) => ask(`${device(endpoint)}${path}/discover`),
  attributes: (endpoint, path) => ask(`${device(endpoint)}${path}/attributes`),
  setAttributes: (endpoint, path, text) => send("PUT", `${device(endpoint)}${path}/attributes?${attributeQuery(text)}`),
  observe: (endpoint, path) => send("POST", `${device(endpoint)}${path}/observe`),
  cancel: (endpoint, path) => send("DELETE", `${device(endpoint)}${path}/observe`),
  kick: (endpoint) => send("POST", `${device(endpoint)}/kick`),
  commands: (endpoint, limit) => ask(`/api/v1/commands?${new URLSearchParams({ endpoint, limit })}`),
  withdraw: (id) => send("DELETE", `/api/v1/commands/${encodeURIComponent(id)}`),
  rejected: (limit) => ask(`/api/v1/outbox?state=rejected&limit=${limit}`),
  mapping: () => ask("/api/v1/mapping"),
};
