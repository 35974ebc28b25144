import { arrange } from "../lib/templates.js";
import { words } from "../lib/words.js";

/** What is said and not yet confirmed. Fires `retry` and `discard` (detail: the entry's id). */
export class Waiting extends EventTarget {
  #list = document.getElementById("waiting");
  #lines;
  #toast;

  constructor(lines, toast) {
    super();
    this.#lines = lines;
    this.#toast = toast;
    this.#list.addEventListener("click", (event) => this.#choose(event.target.closest("[data-choice]")));
  }

  /** `isOpen`: whether there is a line to send by. */
  show(entries, isOpen) {
    const lines = new Map(Array.from(this.#list.children, (line) => [line.dataset.id, line]));
    // In the order in which they will be sent: what another tab has left may come between.
    arrange(this.#list, entries.map((entry) => this.#line(lines.get(entry.id), entry, isOpen)));
  }

  #line(held, entry, isOpen) {
    const line = held ?? this.#lines.pending(entry);
    // The lines that wait are not read aloud, or each would be heard twice; that one failed has to be.
    if (entry.state === "failed" && line.dataset.state !== "failed") this.#toast.say(entry.error ?? words("not-sent"));
    this.#lines.mark(line, entry, isOpen);
    return line;
  }

  #choose(button) {
    if (!button) return;
    const { id } = button.closest("[data-id]").dataset;
    this.#list.parentElement.focus();
    this.dispatchEvent(new CustomEvent(button.dataset.choice, { detail: id }));
  }
}
