import { arrange } from "../lib/templates.js";
import { countedWords, words } from "../lib/words.js";

const SAMPLES = 30;
const language = document.documentElement.lang;
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(language, { timeStyle: "medium" });

/** What the lab knows of its line. */
export class Facts {
  #root;
  #clock;
  #latencies = [];

  constructor(root, clock) {
    this.#root = root;
    this.#clock = clock;
  }

  #show(id, text) {
    document.getElementById(id).textContent = text;
  }

  state({ state }) {
    this.#root.dataset.state = state;
    this.#show("line-state", words(state));
    this.#root.querySelector('[data-act="connect"]').hidden = state !== "stopped";
    this.#root.querySelector('[data-act="disconnect"]').hidden = state === "stopped";
    if (state === "open") this.#latencies = [];
  }

  here(name) {
    this.#show("here", name);
  }

  rooms(names) {
    const list = document.getElementById("known-rooms");
    arrange(list, [...names.values()].map((name) => this.#option(list, name)));
  }

  #option(list, name) {
    return [...list.children].find((option) => option.value === name) ?? Object.assign(document.createElement("option"), { value: name });
  }

  latency(pong) {
    this.#clock.hear(pong);
    this.#latencies = [...this.#latencies, performance.now() - pong.t].slice(-SAMPLES);
    const mean = this.#latencies.reduce((sum, one) => sum + one, 0) / this.#latencies.length;
    this.#show("latency", countedWords("milliseconds", this.#latencies.length, { value: tenths.format(mean) }));
    this.#show("offset", words("offset", { value: Math.round(this.#clock.offset) }));
    this.#show("server-time", moment.format(this.#clock.now()));
  }

  watching({ server, channel_layer: layer, transport }) {
    this.#show("server", server);
    this.#show("channel-layer", words(layer));
    this.#show("transport", words(transport));
    this.#root.dataset.way = transport;
  }

  serverEvent({ number, server }) {
    this.#show("server-event", words("event", { number, server }));
  }
}
