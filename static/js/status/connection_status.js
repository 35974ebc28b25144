import { byId, find } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { language } from "../lib/language.js";
import { countedWords, words } from "../lib/words.js";

/** @import { Clock } from "../lib/clock.js" */

const TICK_MS = 250;
const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
const milliseconds = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });

/**
 * Sources of what the popover shows.
 *
 * @typedef {object} StatusSources
 * @property {() => string} transport the transport's name
 * @property {() => { room: string, epoch?: string, version?: number } | null} position of the shown room's log
 */

/**
 * The popover with server time, latency, transport and log position. Emits `watch` when it opens and closes.
 *
 * @extends {Emitter<{ watch: boolean }>}
 */
export class ConnectionStatus extends Emitter {
  #panel = byId("gauge");
  #clock;
  #sources;
  /** @type {Map<string, string>} */
  #shown = new Map();
  /** @type {Timer | undefined} */
  #timer;
  isOpen = false;

  /**
   * @param {Clock} clock
   * @param {StatusSources} sources read at each tick
   */
  constructor(clock, sources) {
    super();
    this.#clock = clock;
    this.#sources = sources;
    this.#panel.addEventListener("toggle", (event) => this.#onToggle(event.newState === "open"));
  }

  /** @param {boolean} open */
  #onToggle(open) {
    this.isOpen = open;
    clearInterval(this.#timer);
    this.emit("watch", open);
    if (!open) return;
    this.#refresh();
    this.#timer = setInterval(() => this.#refresh(), TICK_MS);
  }

  #refresh() {
    const { latency, pings, offset } = this.#clock;
    const position = this.#sources.position();
    this.#show("time", pings ? time.format(this.#clock.now()) : "…");
    this.#show("offset", pings ? words("milliseconds", { count: signed(offset) }) : "…");
    this.#show("latency", pings ? countedWords("latency", pings, { latency: milliseconds.format(latency) }) : "…");
    this.#show("transport", this.#sources.transport());
    this.#show("synced", position ? words("synced", { epoch: "", version: 0, ...position }) : "…");
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #show(name, text) {
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    find(this.#panel, `[data-gauge="${name}"]`).textContent = text;
  }
}

/** @param {number} number */
function signed(number) {
  return (number > 0 ? "+" : "") + milliseconds.format(number);
}
