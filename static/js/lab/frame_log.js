import { copyOf } from "../lib/templates.js";
import { words } from "../lib/words.js";

const KEPT = 200;
// Frames that say it in words of their own.
const SPEAKING = new Set(["reply", "error", "notice"]);
const KNOWN = new Set(
  "hello room rooms room_gone people events page ack unread typing echo watching server_event pong bye".split(" "),
);

/** The frames as they came, numbered, the newest on top, each beside what it means. */
export class FrameLog {
  #list = document.getElementById("frames");
  #withPongs = document.getElementById("with-pongs");
  #number = 0;

  constructor() {
    document.getElementById("clear").addEventListener("click", () => this.#list.replaceChildren());
  }

  add(frame) {
    this.#number += 1;
    if (frame.type === "pong" && !this.#withPongs.checked) return;
    const item = copyOf("frame");
    item.dataset.type = frame.type;
    item.querySelector(".number").textContent = words("number", { number: this.#number });
    item.querySelector(".words").textContent = meaning(frame);
    item.querySelector(".raw").textContent = JSON.stringify(frame);
    this.#list.prepend(item);
    if (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
  }
}

function meaning(frame) {
  if (SPEAKING.has(frame.type)) return frame.text;
  if (!KNOWN.has(frame.type)) return words("heard-other", frame);
  const name = frame.name ?? frame.room?.name ?? frame.user?.name;
  return words(frame.here ? "heard-room-here" : `heard-${frame.type}`, { ...frame, name });
}
