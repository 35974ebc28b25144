import { copyOf } from "../lib/templates.js";

const ONE_BREATH_MS = 5 * 60_000;

/**
 * The lines of a room as they stand on the page: in order, by days, and one author's lines in a row as one group.
 *
 * Everything has a place: a message its seq, what stands before or after it a little less or more.
 */
export class Said {
  #list = document.getElementById("said");
  #lines;
  #clock;
  #bySeq = new Map();
  #messages = new WeakMap();
  #places = new WeakMap();
  #days = new WeakMap();
  #fresh = copyOf("fresh");

  constructor(lines, clock) {
    this.#lines = lines;
    this.#clock = clock;
  }

  get size() {
    return this.#bySeq.size;
  }

  /** The line of a message, if it stands here. */
  line(seq) {
    return this.#bySeq.get(seq);
  }

  /** The message that a line shows. */
  message(line) {
    return this.#messages.get(line);
  }

  /** The first line that reaches below `top`, in pixels of the window. */
  lineBelow(top) {
    return this.#all().find((line) => line.getBoundingClientRect().bottom > top);
  }

  get newest() {
    return this.#before(null);
  }

  /** Others are blocked now than before. */
  foldAnew() {
    this.#bySeq.forEach((line) => this.#lines.fold(line, this.#messages.get(line)));
  }

  clear() {
    this.#list.replaceChildren();
    this.#bySeq.clear();
  }

  /** Brings the lines to be those of `messages`, which are in order. */
  hold(messages) {
    const wanted = new Set(messages.map(({ seq }) => seq));
    this.#bySeq.forEach((_line, seq) => wanted.has(seq) || this.#drop(seq));
    // From the last to the first: what goes in above then always goes to the top.
    messages.toReversed().forEach((message) => this.put(message));
  }

  put(message) {
    const held = this.#bySeq.get(message.seq);
    if (held && this.#messages.get(held) === message) return;
    const line = held ?? this.#lines.line();
    this.#lines.fill(line, message);
    this.#messages.set(line, message);
    if (held) return;
    this.#bySeq.set(message.seq, line);
    this.#insert(line, message.seq);
    this.#dress(line);
    const next = this.#after(line);
    if (next) this.#dress(next);
  }

  /** Something that is no message, after the message with the seq `after`. */
  add(element, after) {
    this.#insert(element, after + 0.5);
  }

  isLast(element) {
    return element !== null && this.#list.lastElementChild === element;
  }

  /** Draws the line between what was read, up to `seq`, and what has come since. */
  markFresh(seq) {
    this.#fresh.remove();
    const first = this.#all().find((line) => Number(line.dataset.seq) > seq && line.dataset.own !== "true");
    if (!first || first === this.#after(null)) return;
    this.#insert(this.#fresh, Number(first.dataset.seq) - 0.25);
    this.#dress(first);
  }

  #all() {
    return [...this.#list.querySelectorAll(":scope > [data-seq]")];
  }

  #drop(seq) {
    const line = this.#bySeq.get(seq);
    const next = this.#after(line);
    if (line.contains(document.activeElement)) this.#list.parentElement.focus();
    this.#days.get(line)?.remove();
    line.remove();
    this.#bySeq.delete(seq);
    if (next) this.#dress(next);
  }

  #insert(element, place) {
    this.#places.set(element, place);
    if (place < this.#places.get(this.#list.firstElementChild)) return this.#list.prepend(element);
    let last = this.#list.lastElementChild;
    while (last && this.#places.get(last) > place) last = last.previousElementSibling;
    return last ? last.after(element) : this.#list.prepend(element);
  }

  /** A new day is announced; and who goes on speaking is not named again. */
  #dress(line) {
    const before = this.#before(line);
    const [earlier, message] = [before && this.#messages.get(before), this.#messages.get(line)];
    const newDay = !earlier || this.#clock.day(earlier.at) !== this.#clock.day(message.at);
    this.#announceDay(line, newDay, message);
    line.dataset.follows = !newDay && line.previousElementSibling === before && inOneBreath(earlier, message);
  }

  #announceDay(line, isNew, { seq }) {
    const known = this.#days.get(line);
    if (!isNew) known?.remove();
    if (!isNew || known?.isConnected) return;
    this.#days.set(line, known ?? copyOf("day"));
    this.#insert(this.#days.get(line), seq - 0.375);
    this.#nameDays();
  }

  /** All of them: what was today is yesterday when another day begins. */
  #nameDays() {
    this.#bySeq.forEach((line) => {
      const day = this.#days.get(line);
      if (day?.isConnected) day.querySelector("span").textContent = this.#clock.day(this.#messages.get(line).at);
    });
  }

  #before(line) {
    let found = line ? line.previousElementSibling : this.#list.lastElementChild;
    while (found && !found.dataset.seq) found = found.previousElementSibling;
    return found;
  }

  #after(line) {
    let found = line ? line.nextElementSibling : this.#list.firstElementChild;
    while (found && !found.dataset.seq) found = found.nextElementSibling;
    return found;
  }
}

function inOneBreath(earlier, message) {
  const soon = new Date(message.at) - new Date(earlier.at) < ONE_BREATH_MS;
  return soon && earlier.author !== null && earlier.author.id === message.author?.id;
}
