import { countedWords, words } from "../lib/words.js";

const TICK_MS = 250;
const language = document.documentElement.lang;
const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const milliseconds = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });

/**
 * The popover that tells of time and line (what it shows is read each time it ticks).
 *
 * `synced()` answers `{room, epoch, version}` of the room on show, or null; `transport()` its name. Fires `watch`
 * (detail: whether somebody looks).
 */
export class Gauge extends EventTarget {
  #panel = document.getElementById("gauge");
  #clock;
  #transport;
  #synced;
  #timer = null;

  constructor(clock, { transport, synced }) {
    super();
    this.#clock = clock;
    this.#transport = transport;
    this.#synced = synced;
    this.#panel.addEventListener("toggle", ({ newState }) => this.#toggled(newState === "open"));
  }

  #toggled(open) {
    clearInterval(this.#timer);
    this.dispatchEvent(new CustomEvent("watch", { detail: open }));
    if (!open) return;
    this.#show();
    this.#timer = setInterval(() => this.#show(), TICK_MS);
  }

  #show() {
    const { latency, pings, offset } = this.#clock;
    const synced = this.#synced();
    this.#put("time", pings ? time.format(this.#clock.now()) : "…");
    this.#put("offset", pings ? words("milliseconds", { count: signed(offset) }) : "…");
    this.#put("latency", pings ? countedWords("latency", pings, { latency: milliseconds.format(latency) }) : "…");
    this.#put("transport", this.#transport());
    this.#put("synced", synced ? words("synced", synced) : "…");
  }

  #put(name, text) {
    const place = this.#panel.querySelector(`[data-gauge="${name}"]`);
    if (place.textContent !== text) place.textContent = text;
  }
}

function signed(number) {
  return (number > 0 ? "+" : "") + milliseconds.format(number);
}
