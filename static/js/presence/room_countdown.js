import { byId } from "../lib/dom.js";
import { words } from "../lib/words.js";

/** @import { Clock } from "../lib/clock.js" */
/** @import { RoomCard } from "../transport/frames.d.ts" */

/** The time until the shown room expires, while its owner is offline (`closes_at`). */
export class RoomCountdown {
  #element = byId("countdown");
  #clock;
  /** @type {Timer | undefined} */
  #interval;

  /** @param {Clock} clock */
  constructor(clock) {
    this.#clock = clock;
  }

  /** @param {RoomCard} room */
  show(room) {
    const closesAt = room.kind === "direct" || !room.closes_at ? null : Date.parse(room.closes_at);
    this.#element.hidden = closesAt === null;
    clearInterval(this.#interval);
    if (closesAt === null) return;
    this.#refresh(closesAt);
    this.#interval = setInterval(() => this.#refresh(closesAt), 1_000);
  }

  /** @param {number} closesAt milliseconds since 1970 */
  #refresh(closesAt) {
    const left = Math.max(0, Math.ceil((closesAt - this.#clock.now().getTime()) / 1_000));
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    this.#element.textContent = words("countdown", { time });
  }
}
