import { countedWords } from "./words.js";

const AT_END_PIXELS = 48;
const NEAR_START_PIXELS = 300;

/**
 * The lines of the room on show. Follows the talk only while its reader is at the end.
 *
 * Fires `older` when older messages are wanted, `retry` and `discard` (detail: the entry's id).
 */
export class Timeline extends EventTarget {
  #lines;
  #scroller = document.getElementById("timeline");
  #said = document.getElementById("said");
  #waiting = document.getElementById("waiting");
  #start = document.getElementById("start");
  #jump = document.getElementById("jump");
  #log = null;
  #bySeq = new Map();
  #asides = new Set();
  #following = true;
  #unseen = 0;
  #asking = false;

  constructor(lines) {
    super();
    this.#lines = lines;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#waiting.addEventListener("click", (event) => this.#choose(event.target.closest("[data-choice]")));
    this.#jump.addEventListener("click", () => this.#leap());
    new ResizeObserver(() => this.#following && this.toEnd()).observe(this.#scroller);
  }

  /** Begins anew with everything `log` holds. */
  show(log) {
    this.#log = log;
    this.#bySeq.clear();
    this.#quietly(() => {
      this.#said.replaceChildren();
      log.messages.forEach((message) => this.#place(message));
      this.#said.append(...this.#asides);
    });
    this.#asking = false;
    this.toEnd();
    this.#settleStart();
  }

  put(messages) {
    const fresh = messages.filter(({ seq }) => !this.#bySeq.has(seq));
    messages.forEach((message) => this.#place(message));
    this.#grown(fresh.length);
    if (this.#following) this.#trim();
  }

  /** Older messages, put in above without moving what is being read. */
  putOlder(messages) {
    const fromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    this.#quietly(() => messages.forEach((message) => this.#place(message)));
    this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd;
    this.#asking = false;
    this.#settleStart();
  }

  showWaiting(entries) {
    const lines = new Map(Array.from(this.#waiting.children, (line) => [line.dataset.id, line]));
    entries.forEach((entry) => this.#showEntry(lines.get(entry.id), entry));
    const ids = new Set(entries.map(({ id }) => id));
    lines.forEach((line, id) => ids.has(id) || line.remove());
    this.#grown(0);
  }

  aside(kind, frame) {
    const line = this.#lines.aside(kind, frame);
    // A server that turns us away says so at every attempt.
    if (!frame.id && this.#said.lastElementChild?.isEqualNode(line)) return;
    this.#asides.add(line);
    this.#said.append(line);
    this.#grown(0);
  }

  /** The person does something new: what was answered before stays behind with the next change of room. */
  turnPage() {
    this.#asides.clear();
  }

  /** The line is cut: the page that was asked for will not come. */
  forgetAsking() {
    this.#asking = false;
  }

  toEnd() {
    this.#following = true;
    this.#unseen = 0;
    this.#jump.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  focus() {
    this.#scroller.focus();
  }

  #place(message) {
    const line = this.#lines.message(message);
    const held = this.#bySeq.get(message.seq);
    this.#bySeq.set(message.seq, line);
    if (held) held.replaceWith(line);
    else this.#said.insertBefore(line, this.#lineAfter(message.seq));
  }

  /** Where the next later message stands; nearly always there is none. */
  #lineAfter(seq) {
    let place = null;
    for (let line = this.#said.lastElementChild; line; line = line.previousElementSibling) {
      if (Number(line.dataset.seq) < seq) break;
      if (line.dataset.seq) place = line;
    }
    return place;
  }

  #showEntry(line, entry) {
    if (line) this.#lines.mark(line, entry);
    else this.#waiting.append(this.#lines.pending(entry));
  }

  #grown(count) {
    if (this.#following) {
      this.toEnd();
    } else if (count) {
      this.#unseen += count;
      this.#jump.textContent = countedWords("new-messages", this.#unseen);
      this.#jump.hidden = false;
    }
  }

  #trim() {
    this.#log.trim().forEach(({ seq }) => {
      this.#bySeq.get(seq).remove();
      this.#bySeq.delete(seq);
    });
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#following = scrollHeight - scrollTop - clientHeight < AT_END_PIXELS;
    if (this.#following && this.#unseen) this.toEnd();
    this.#askForOlder();
  }

  #settleStart() {
    this.#start.hidden = this.#log.more;
    this.#askForOlder();
  }

  #askForOlder() {
    if (this.#asking || !this.#log?.more || this.#scroller.scrollTop > NEAR_START_PIXELS) return;
    this.#asking = true;
    this.dispatchEvent(new Event("older"));
  }

  /** A whole page put in at once is not news to read aloud. */
  #quietly(change) {
    this.#scroller.ariaBusy = "true";
    change();
    requestAnimationFrame(() => (this.#scroller.ariaBusy = "false"));
  }

  #choose(button) {
    if (!button) return;
    const { id } = button.closest("[data-id]").dataset;
    this.focus();
    this.dispatchEvent(new CustomEvent(button.dataset.choice, { detail: id }));
  }

  #leap() {
    this.toEnd();
    this.focus();
  }
}
