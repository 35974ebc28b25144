import { find } from "../lib/dom.js";
import { countedWords, enumerate, words } from "../lib/words.js";

/** @import { LineRenderer, SystemMessageKind } from "./line_renderer.js" */
/** @import { MessageList } from "./message_list.js" */

const LINES_KEPT = 40;
const NAMES_SHOWN = 3;
const COMING_AND_GOING = ["joined", "left"];

/**
 * The part of `reply`, `error` and `notice` frames that is shown.
 *
 * @typedef {{ id?: string | null, code: string, text: string, data?: { name?: string } }} SystemContent
 */

/** Replies, errors and notices in the timeline, never stored. Consecutive joins and leaves share one line. */
export class SystemMessages {
  #renderer;
  #list;
  /** @type {Array<{ line: HTMLElement, kind: SystemMessageKind, code: string, text: string }>} */
  #shown = [];
  /** @type {{ line: HTMLElement | null, codes: Map<string, string> }} codes by name, the latest last */
  #group = { line: null, codes: new Map() };

  /**
   * @param {LineRenderer} renderer
   * @param {MessageList} list
   */
  constructor(renderer, list) {
    this.#renderer = renderer;
    this.#list = list;
  }

  /**
   * Adds a line after the message with the seq `after`.
   *
   * @param {SystemMessageKind} kind
   * @param {SystemContent} content
   * @param {number} after
   */
  add(kind, content, after) {
    const name = content.data?.name;
    if (kind === "notice" && COMING_AND_GOING.includes(content.code) && name) this.#addToGroup(name, content, after);
    else this.#show(this.#renderer.createSystemLine(kind, content), kind, content, after);
  }

  /**
   * Shows all lines again, after the message with the seq `after`, when the list has been cleared.
   *
   * @param {number} after
   */
  restore(after) {
    this.#shown.forEach(({ line }) => this.#list.add(line, after));
  }

  forget() {
    this.#shown = [];
  }

  /**
   * @param {HTMLElement} line
   * @param {SystemMessageKind} kind
   * @param {SystemContent} content
   * @param {number} after
   */
  #show(line, kind, { id, code, text }, after) {
    const last = this.#shown.at(-1);
    const isRepeated = last?.kind === kind && last.code === code && last.text === text;
    // A server that refuses the connection repeats the error at each attempt.
    if (!id && isRepeated && this.#list.isLast(last.line)) return;
    this.#shown.push({ line, kind, code, text });
    this.#list.add(line, after);
    if (this.#shown.length > LINES_KEPT) this.#list.remove(this.#shown.shift()?.line);
  }

  /**
   * @param {string} name
   * @param {SystemContent} content
   * @param {number} after
   */
  #addToGroup(name, content, after) {
    if (!this.#list.isLast(this.#group.line)) this.#group = { line: null, codes: new Map() };
    const { line, codes } = this.#group;
    codes.delete(name);
    codes.set(name, content.code);
    if (!line) {
      this.#group.line = this.#renderer.createSystemLine("notice", content);
      this.#show(this.#group.line, "notice", content, after);
    } else if (codes.size > 1) {
      // Screen readers have announced the first of them.
      line.ariaLive = "off";
      const summaries = COMING_AND_GOING.map((code) => summary(code, codes));
      find(line, ".text").textContent = summaries.filter(Boolean).join(" · ");
    } else {
      find(line, ".text").textContent = content.text;
    }
  }
}

/**
 * One sentence about everybody with this code; "" without anybody.
 *
 * @param {string} code
 * @param {Map<string, string>} codes
 */
function summary(code, codes) {
  const names = [...codes.keys()].filter((name) => codes.get(name) === code);
  if (!names.length) return "";
  const rest = names.length - NAMES_SHOWN;
  const shown = rest > 1 ? [...names.slice(0, NAMES_SHOWN), countedWords("others", rest)] : names;
  return words(`${code}-${names.length > 1 ? "other" : "one"}`, { people: enumerate(shown) });
}
