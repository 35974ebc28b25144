import { arrangeChildren, byId, find } from "../lib/dom.js";
import { Emitter } from "../lib/emitter.js";
import { words } from "../lib/words.js";

/** @import { OutboxEntry } from "../composer/outbox.js" */
/** @import { Toast } from "../lib/toast.js" */
/** @import { LineRenderer } from "../messages/line_renderer.js" */

/**
 * The entries of the outbox, shown below the messages. Emits `retry` and `discard` (an entry's id).
 *
 * @extends {Emitter<{ retry: string, discard: string }>}
 */
export class PendingMessages extends Emitter {
  #list = byId("waiting");
  #renderer;
  #toast;
  /** @type {Map<string, { line: HTMLElement, state: OutboxEntry["state"] | null }>} */
  #lines = new Map();

  /**
   * @param {LineRenderer} renderer
   * @param {Toast} toast
   */
  constructor(renderer, toast) {
    super();
    this.#renderer = renderer;
    this.#toast = toast;
  }

  /**
   * @param {OutboxEntry[]} entries in the order of sending; entries adopted from another tab may come in between
   * @param {boolean} isOnline whether there is a connection
   */
  show(entries, isOnline) {
    const lines = entries.map((entry) => /** @type {const} */ ([entry.id, this.#update(entry, isOnline)]));
    this.#lines = new Map(lines);
    arrangeChildren(this.#list, lines.map(([, { line }]) => line));
  }

  /**
   * @param {OutboxEntry} entry
   * @param {boolean} isOnline
   */
  #update(entry, isOnline) {
    const { line, state } = this.#lines.get(entry.id) ?? { line: this.#createLine(entry), state: null };
    // Pending lines are not announced by screen readers, or each message would be read twice; a failure has to be.
    if (entry.state === "failed" && state !== "failed") this.#toast.show(entry.error ?? words("not-sent"));
    this.#renderer.showDelivery(line, entry, isOnline);
    return { line, state: entry.state };
  }

  /** @param {OutboxEntry} entry */
  #createLine(entry) {
    const line = this.#renderer.createPendingLine(entry);
    find(line, "[data-choice=retry]").addEventListener("click", () => this.#choose("retry", entry.id));
    find(line, "[data-choice=discard]").addEventListener("click", () => this.#choose("discard", entry.id));
    return line;
  }

  /**
   * @param {"retry" | "discard"} choice
   * @param {string} id
   */
  #choose(choice, id) {
    this.#list.parentElement?.focus();
    this.emit(choice, id);
  }
}
