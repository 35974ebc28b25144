import { arrangeChildren, byId, find } from "../lib/dom.js";
import { language } from "../lib/language.js";
import { countedWords, words } from "../lib/words.js";

/** @import { Clock } from "../lib/clock.js" */
/** @import { PongFrame, ServerEventFrame, WatchingFrame } from "../transport/frames.d.ts" */
/** @import { StateChange } from "../transport/transport.d.ts" */

const SAMPLES = 30;
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(language, { timeStyle: "medium" });

/** The lab's facts about its connection. */
export class ConnectionFacts {
  #root;
  #clock;
  /** @type {number[]} */
  #latencies = [];
  /** Choices of the room field, by name. @type {Map<string, HTMLOptionElement>} */
  #options = new Map();

  /**
   * @param {HTMLElement} root
   * @param {Clock} clock
   */
  constructor(root, clock) {
    this.#root = root;
    this.#clock = clock;
  }

  /**
   * @param {string} id
   * @param {string} text
   */
  #show(id, text) {
    byId(id).textContent = text;
  }

  /** @param {StateChange} change */
  showState({ state }) {
    this.#root.dataset.state = state;
    this.#show("line-state", words(state));
    find(this.#root, '[data-act="connect"]').hidden = state !== "stopped";
    find(this.#root, '[data-act="disconnect"]').hidden = state === "stopped";
    if (state === "open") this.#latencies = [];
  }

  /** @param {string} name */
  showJoinedRoom(name) {
    this.#show("here", name);
  }

  /** @param {string[]} names */
  showRooms(names) {
    this.#options = new Map(names.map((name) => [name, this.#options.get(name) ?? new Option("", name)]));
    arrangeChildren(byId("known-rooms"), [...this.#options.values()]);
  }

  /** @param {PongFrame} pong */
  onPong(pong) {
    this.#clock.onPong(pong);
    this.#latencies = [...this.#latencies, performance.now() - pong.t].slice(-SAMPLES);
    const mean = this.#latencies.reduce((sum, one) => sum + one, 0) / this.#latencies.length;
    this.#show("latency", countedWords("milliseconds", this.#latencies.length, { value: tenths.format(mean) }));
    this.#show("offset", words("offset", { value: Math.round(this.#clock.offset) }));
    this.#show("server-time", moment.format(this.#clock.now()));
  }

  /** @param {WatchingFrame} frame */
  onWatching({ server, channel_layer: layer, transport }) {
    this.#show("server", server);
    this.#show("channel-layer", words(layer));
    this.#show("transport", words(transport));
    this.#root.dataset.way = transport;
  }

  /** @param {ServerEventFrame} frame */
  onServerEvent({ number, server }) {
    this.#show("server-event", words("event", { number, server }));
  }
}
