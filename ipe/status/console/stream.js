// The event stream, kept open: reconnects with growing pauses, and notices a connection that died without a word (a
// "status" event comes every second).

const types = ["status", "value", "registered", "updated", "deregistered", "expired", "cse", "command", "lost"];
const kSilence = 6000;
const kLongestPause = 10000;

export class LiveStream {
  // onEvent(type, data); onState("live" | "lost"): after "live" whatever was missed is to be fetched anew.
  constructor(onEvent, onState) {
    this.onEvent = onEvent;
    this.onState = onState;
    this.endpoints = null;
    this.source = null;
    this.pause = 500;
    this.heard = Date.now();
    setInterval(() => this.checkSilence(), 1000);
    addEventListener("online", () => this.open());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  // Values of these devices only; null: of all. The old stream stays until the new one is open, so that nothing is missed.
  watch(endpoints) {
    const wanted = endpoints && [...endpoints].sort();
    if (this.source && JSON.stringify(wanted) === JSON.stringify(this.endpoints)) return;
    this.endpoints = wanted;
    this.open();
  }

  open() {
    clearTimeout(this.timer);
    const query = new URLSearchParams((this.endpoints ?? []).map((endpoint) => ["endpoint", endpoint]));
    const source = new EventSource(`/api/v1/events?${query}`);
    const before = this.source;
    this.source = source;
    this.heard = Date.now();
    source.onopen = () => {
      before?.close();
      this.pause = 500;
      this.onState("live");
    };
    source.onerror = () => this.source === source && this.lost();
    for (const type of types) source.addEventListener(type, (event) => this.source === source && this.hear(type, event.data));
  }

  hear(type, data) {
    this.heard = Date.now();
    try {
      this.onEvent(type, JSON.parse(data));
    } catch (error) {
      console.warn("event not understood", type, error);
    }
  }

  checkSilence() {
    if (this.source && document.visibilityState === "visible" && Date.now() - this.heard > kSilence) this.lost();
  }

  lost() {
    this.close();
    this.onState("lost");
    this.timer = setTimeout(() => this.open(), this.pause);
    this.pause = Math.min(this.pause * 2, kLongestPause);
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }
}
