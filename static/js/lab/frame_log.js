import { byId, cloneTemplate, find } from "../lib/dom.js";
import { words } from "../lib/words.js";

/** @import { ServerFrame } from "../transport/frames.d.ts" */
/** @import { Values } from "../lib/words.js" */

const FRAMES_KEPT = 200;
const DESCRIBED = new Set(
  "hello room rooms room_gone people events page ack unread typing echo watching server_event pong bye".split(" "),
);

/** The received frames, numbered, the newest first, each with a description. */
export class FrameLog {
  #list = byId("frames");
  #withPongs = byId("with-pongs", HTMLInputElement);
  #number = 0;

  constructor() {
    byId("clear").addEventListener("click", () => this.#list.replaceChildren());
  }

  /** @param {ServerFrame} frame */
  add(frame) {
    this.#number += 1;
    if (frame.type === "pong" && !this.#withPongs.checked) return;
    const item = cloneTemplate("frame");
    item.dataset.type = frame.type;
    find(item, ".number").textContent = words("number", { number: this.#number });
    find(item, ".words").textContent = description(frame);
    find(item, ".raw").textContent = JSON.stringify(frame);
    this.#list.prepend(item);
    if (this.#list.children.length > FRAMES_KEPT) this.#list.lastElementChild?.remove();
  }
}

/** @param {ServerFrame} frame */
function description(frame) {
  if (frame.type === "reply" || frame.type === "error" || frame.type === "notice") return frame.text;
  const values = valuesOf(frame);
  if (!DESCRIBED.has(frame.type)) return words("heard-other", values);
  return words(frame.type === "room" && frame.here ? "heard-room-here" : `heard-${frame.type}`, values);
}

/**
 * A frame's own texts and numbers, with the name of the room or person it is about.
 *
 * @param {ServerFrame} frame
 * @returns {Values}
 */
function valuesOf(frame) {
  const values = Object.entries(frame).filter(([, value]) => ["string", "number"].includes(typeof value));
  const name = frame.type === "room" ? frame.room.name : frame.type === "hello" ? frame.user.name : null;
  return { ...Object.fromEntries(values), ...(name !== null && { name }) };
}
