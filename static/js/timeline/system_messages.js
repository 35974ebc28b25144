import { countedWords, list, words } from "../lib/words.js";

const ASIDES_KEPT = 40;
const NAMES_SHOWN = 3;
const COMING_AND_GOING = ["joined", "left"];

/** What only this person reads, and only once: answers, notices, refusals. Who comes and goes in a row is gathered. */
export class Asides {
  #lines;
  #said;
  #all = [];
  #crowd = { line: null, doing: new Map() };

  constructor(lines, said) {
    this.#lines = lines;
    this.#said = said;
  }

  /** Puts it after the message with the seq `after`. */
  add(kind, frame, after) {
    if (kind === "notice" && COMING_AND_GOING.includes(frame.code)) this.#gather(frame, after);
    else this.#place(this.#lines.aside(kind, frame), frame, after);
  }

  /** Puts all of them after the message with the seq `after`: the page begins anew. */
  restore(after) {
    this.#all.forEach((line) => this.#said.add(line, after));
  }

  forget() {
    this.#all = [];
  }

  #place(line, frame, after) {
    const last = this.#all.at(-1);
    // A server that turns us away says so at every attempt.
    if (!frame.id && this.#said.isLast(last) && last.isEqualNode(line)) return;
    this.#all.push(line);
    this.#said.add(line, after);
    if (this.#all.length > ASIDES_KEPT) this.#all.shift().remove();
  }

  #gather(frame, after) {
    if (!this.#said.isLast(this.#crowd.line)) this.#crowd = { line: null, doing: new Map() };
    const { line, doing } = this.#crowd;
    doing.delete(frame.data.name);
    doing.set(frame.data.name, frame.code);
    if (!line) {
      this.#crowd.line = this.#lines.aside("notice", frame);
      this.#place(this.#crowd.line, frame, after);
    } else if (doing.size > 1) {
      // It was read aloud once; a crowd is for the eyes.
      line.ariaLive = "off";
      line.querySelector(".text").textContent = COMING_AND_GOING.map((code) => told(code, doing)).filter(Boolean).join(" · ");
    } else {
      line.querySelector(".text").textContent = frame.text;
    }
  }
}

function told(code, doing) {
  const names = [...doing.keys()].filter((name) => doing.get(name) === code);
  if (!names.length) return "";
  const rest = names.length - NAMES_SHOWN;
  const shown = rest > 1 ? [...names.slice(0, NAMES_SHOWN), countedWords("others", rest)] : names;
  return words(`${code}-${names.length > 1 ? "other" : "one"}`, { people: list(shown) });
}
