import { title } from "../lib/page_title.js";
import { countedWords, words } from "../lib/words.js";

const STOOD = "tertulia:stood";

/**
 * Where one is, in the browser's address, title and history.
 *
 * Fires `back` (detail: a room's id) and `seek` (detail: the seq of the message that the address names).
 */
export class Place extends EventTarget {
  #roomAddress;
  #conversationAddress;
  #start;
  #room = null;
  #root = document.getElementById("chat");
  #heading = document.getElementById("heading");
  #about = document.getElementById("about");

  constructor({ roomAddress, conversationAddress, start }) {
    super();
    this.#roomAddress = roomAddress;
    this.#conversationAddress = conversationAddress;
    this.#start = start;
    addEventListener("popstate", ({ state }) => this.#returned(state));
  }

  address(room) {
    if (room.kind !== "direct") return this.#roomAddress.replace("/0/", `/${room.id}/`);
    // Whose other side has gone has no address any more.
    return room.with ? this.#conversationAddress.replace("/-/", `/${encodeURIComponent(room.name)}/`) : this.#start;
  }

  isAt(room) {
    return this.address(room) !== this.#start && new URL(this.address(room), location.href).pathname === location.pathname;
  }

  /** The seq of the message that the address names: `/rooms/7/#12`. */
  get seq() {
    return Number(/^#(\d{1,15})$/.exec(location.hash)?.[1]) || null;
  }

  /** The address names no message any more. */
  forgetSeq() {
    if (this.seq) history.replaceState(history.state, "", location.pathname + location.search);
  }

  /** The room this tab last stood in: a page that shows a private conversation does not name it. */
  get stood() {
    try {
      return Number(sessionStorage.getItem(STOOD)) || null;
    } catch {
      return null;
    }
  }

  set stood(room) {
    try {
      sessionStorage.setItem(STOOD, room);
    } catch {
      // Storage is forbidden: the default room, then.
    }
  }

  /** `replacing` where nobody asked to go: on arrival and after a reconnection. */
  show(room, { replacing = false } = {}) {
    const address = new URL(this.address(room), location.href);
    const same = address.pathname === location.pathname;
    if (same) address.hash = location.hash;
    this.#room = room.id;
    history[same || replacing ? "replaceState" : "pushState"]({ ...(same && history.state), room: room.id }, "", address);
    this.name(room);
  }

  name(room) {
    title.text = words("title", { room: room.name });
    this.#root.dataset.kind = room.kind;
    this.#heading.textContent = room.name;
    this.#about.textContent = room.kind === "direct" ? words(room.online ? "online" : "away") : about(room);
  }

  /** The address changed by the back button, or by a link to a message of this room (which leaves no state). */
  #returned(state) {
    if (!state) history.replaceState({ room: this.#room }, "");
    const room = state?.room ?? this.#room;
    if (room !== this.#room) this.dispatchEvent(new CustomEvent("back", { detail: room }));
    else if (this.seq && !state?.drawer) this.dispatchEvent(new CustomEvent("seek", { detail: this.seq }));
  }
}

function about({ people, permanent, owner, slow_seconds: slow }) {
  const owned = permanent || !owner ? "" : words("begun-by", { name: owner.name });
  return [countedWords("people", people), owned, slow ? countedWords("slow", slow) : ""].filter(Boolean).join(" · ");
}
