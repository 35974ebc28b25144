import { soon } from "../lib/raf_throttle.js";
import { countedWords, words } from "../lib/words.js";

const AT_END_PIXELS = 48;
// Browsers tell screen readers of changes a moment after them, and look only then whether they may.
const QUIET_MS = 200;
const NEWEST = {};

/**
 * The room on show. Follows the talk only while its reader is at the end.
 *
 * Fires `want` when another part of the log is wanted (detail: its place, as `history` names it), `end` when its reader has
 * come back to the end, and `leap` when they asked for it.
 */
export class Timeline extends EventTarget {
  #said;
  #waiting;
  #asides;
  #scroller = document.getElementById("timeline");
  #start = document.getElementById("start");
  #firstSteps = document.getElementById("first-steps");
  #jump = document.getElementById("jump");
  #jumpText = document.getElementById("jump-text");
  #log = null;
  #arriving = [];
  #following = true;
  #lastTop = 0;
  #seenTo = 0;
  #readTo = null;
  #returning = false;
  #sought = null;
  #asking = false;
  #quiet = null;
  #flushSoon = soon(() => this.#flush());

  constructor(said, waiting, asides) {
    super();
    this.#said = said;
    this.#waiting = waiting;
    this.#asides = asides;
    this.#scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#jump.addEventListener("click", () => this.#leap());
    const grown = new ResizeObserver(() => this.#following && this.#scrollToEnd());
    [this.#scroller, ...this.#scroller.children].forEach((part) => grown.observe(part));
    document.addEventListener("visibilitychange", () => document.hidden && this.#left());
  }

  /** The view turns to a room that had been read up to `readTo` (null: that is not known). */
  turnTo(log, readTo) {
    this.#readTo = readTo;
    this.show(log);
    // What one has missed comes next.
    this.#returning = log.isKnown;
  }

  /** Begins anew with everything `log` holds. */
  show(log) {
    this.#log = log;
    this.#returning = false;
    this.#arriving = [];
    this.#asking = false;
    this.#quietly(() => {
      this.#said.clear();
      this.#said.hold(log.messages);
      this.#asides.restore(log.end);
      this.#markFresh();
    });
    this.toEnd();
    this.#settle();
  }

  /** New or changed messages; gathered, for a talkative room must not make each of them a layout of the page. */
  put(messages) {
    this.#arriving.push(...messages);
    this.#flushSoon();
  }

  /** The log holds another part now. */
  turned() {
    this.#asking = false;
    this.#quietly(() => this.#keepingPlace(() => this.#said.hold(this.#log.messages)));
    if (this.#sought !== null) this.#land();
    else if (this.#following) this.toEnd();
    this.#settle();
  }

  /** Shows the message `seq`, wherever in the log it is. */
  seek(seq) {
    this.#sought = seq;
    if (this.#said.line(seq)) this.#land();
    else this.#want({ around: seq });
  }

  showWaiting(entries, isOpen) {
    this.#waiting.show(entries, isOpen);
    if (this.#following) this.toEnd();
  }

  aside(kind, frame) {
    // Nothing to put before it yet: what one has missed may still come, and is marked then.
    if (this.#arriving.length) this.#flush();
    this.#asides.add(kind, frame, this.#log?.end ?? 0);
    if (this.#following) this.toEnd();
  }

  /** The person does something new: what was answered before stays behind with the next change of room. */
  turnPage() {
    this.#asides.forget();
  }

  /** The server has no page to give just now. */
  askAgainIn(seconds) {
    const refused = this.#asking;
    setTimeout(() => {
      if (this.#asking !== refused) return;
      this.#asking = false;
      if (refused === NEWEST || refused?.around) this.#want(refused);
      else if (this.#log) this.#askForMore();
    }, seconds * 1_000);
  }

  /** The line is cut: the page that was asked for will not come. */
  forgetAsking() {
    this.#asking = false;
  }

  toEnd() {
    this.#following = true;
    this.#scrollToEnd();
    this.#showJump();
    if (this.#log?.later && this.#asking !== NEWEST) this.#want(NEWEST);
  }

  /** Whether the reader sees the newest there is. */
  get isAtEnd() {
    return this.#following && !this.#log?.later;
  }

  focus() {
    this.#scroller.focus();
  }

  #flush() {
    const arrived = this.#arriving;
    this.#arriving = [];
    if (!this.#log) return;
    if (this.#following) this.#log.letGoOfOldest();
    else this.#log.letGoOfNewest();
    this.#keepingPlace(() => {
      arrived.map(({ seq }) => this.#log.get(seq)).filter(Boolean).forEach((message) => this.#said.put(message));
      if (this.#said.size !== this.#log.size) this.#said.hold(this.#log.messages);
      if (document.hidden || this.#returning) this.#markFresh();
      this.#returning = false;
    });
    if (this.#following) this.toEnd();
    this.#settle();
  }

  /** While the page is out of sight, what comes is new to its reader. */
  #left() {
    if (this.isAtEnd) this.#readTo = this.#log?.end ?? null;
  }

  #markFresh() {
    if (this.#readTo !== null) this.#said.markFresh(this.#readTo);
  }

  #scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #settle() {
    // Nobody knows yet whether the room begins here, until its log has come.
    this.#start.hidden = !this.#log.isKnown || this.#log.more;
    this.#firstSteps.hidden = this.#log.end > 0;
    this.#showJump();
    this.#askForMore();
  }

  #showJump() {
    const cameBack = this.isAtEnd && !this.#jump.hidden;
    if (this.isAtEnd) this.#seenTo = this.#log?.end ?? 0;
    const unseen = (this.#log?.end ?? 0) - this.#seenTo;
    this.#jump.hidden = this.isAtEnd;
    this.#jumpText.textContent = unseen > 0 ? countedWords("new-messages", unseen) : words("to-newest");
    if (cameBack) this.dispatchEvent(new Event("end"));
  }

  #scrolled() {
    const { scrollTop } = this.#scroller;
    // Only who scrolls up stops following: a shrinking window (the keyboard, a notice) moves nobody.
    if (this.#fromEnd() < AT_END_PIXELS && !this.#log?.later) this.#following = true;
    else if (scrollTop < this.#lastTop) this.#following = false;
    this.#lastTop = scrollTop;
    this.#showJump();
    this.#askForMore();
  }

  #fromEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  /** A screen or two before the reader comes to where the lines on the page end. */
  #askForMore() {
    if (this.#asking || !this.#log?.size) return;
    const near = 1.5 * this.#scroller.clientHeight;
    if (this.#log.more && this.#scroller.scrollTop < near) this.#want({ before: this.#log.first });
    else if (this.#log.later && this.#fromEnd() < near) this.#want({ after: this.#log.last });
  }

  #want(place) {
    this.#asking = place;
    this.dispatchEvent(new CustomEvent("want", { detail: place }));
  }

  /** Changes what stands above and below without moving what is being read. */
  #keepingPlace(change) {
    if (this.#following) return change();
    const line = this.#said.lineBelow(this.#scroller.getBoundingClientRect().top);
    const before = line?.getBoundingClientRect().top;
    change();
    if (line?.isConnected) this.#scroller.scrollTop += line.getBoundingClientRect().top - before;
  }

  /** A whole page put in at once is not news to read aloud. */
  #quietly(change) {
    this.#scroller.ariaBusy = "true";
    this.#scroller.ariaLive = "off";
    change();
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      this.#scroller.ariaBusy = "false";
      this.#scroller.ariaLive = "polite";
    }, QUIET_MS);
  }

  /** What was sought is here, or else is nowhere. */
  #land() {
    const line = this.#said.line(this.#sought);
    this.#sought = null;
    if (!line) return;
    this.#following = false;
    document.querySelectorAll("[data-found]").forEach((found) => delete found.dataset.found);
    line.dataset.found = "true";
    line.scrollIntoView({ block: "center" });
    line.focus({ preventScroll: true });
  }

  #leap() {
    this.#sought = null;
    this.toEnd();
    this.focus();
    this.dispatchEvent(new Event("leap"));
  }
}
