// The REST API (see /openapi.json): every answer as an object, every error as one sentence.

async function ask(path, options = {}) {
  const response = await fetch(path, { cache: "no-store", ...options });
  if (response.status === 204) return null;
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    const error = new Error(body?.detail ?? `Isthmus answered ${response.status}.`);
    error.status = response.status;
    throw error;
  }
  return body;
}

const device = (endpoint) => `/api/v1/devices/${encodeURIComponent(endpoint)}`;

export const api = {
  status: () => ask("/api/v1/status"),
  devices: (search, offset, limit) => ask(`/api/v1/devices?${new URLSearchParams({ search, offset, limit })}`),
  device: (endpoint) => ask(device(endpoint)),
  forget: (endpoint) => ask(device(endpoint), { method: "DELETE" }),
  rejected: (limit) => ask(`/api/v1/outbox?state=rejected&limit=${limit}`),
  mapping: () => ask("/api/v1/mapping"),
};
