import { words } from "./words.js";

/** Where one is, in the browser's address, title and history. Fires `back` (detail: a room's id). */
export class Place extends EventTarget {
  #roomAddress;
  #conversationAddress;
  #heading = document.getElementById("heading");

  constructor({ roomAddress, conversationAddress }) {
    super();
    this.#roomAddress = roomAddress;
    this.#conversationAddress = conversationAddress;
    addEventListener("popstate", ({ state }) => state && this.dispatchEvent(new CustomEvent("back", { detail: state.room })));
  }

  address(room) {
    return room.kind === "direct"
      ? this.#conversationAddress.replace("/-/", `/${encodeURIComponent(room.name)}/`)
      : this.#roomAddress.replace("/0/", `/${room.id}/`);
  }

  /** `replacing` where nobody asked to go: on arrival and after a reconnection. */
  show(room, { replacing = false } = {}) {
    const address = new URL(this.address(room), location.href);
    const same = address.pathname === location.pathname;
    history[same || replacing ? "replaceState" : "pushState"]({ room: room.id }, "", address);
    this.name(room);
  }

  name(room) {
    document.title = words("title", { room: room.name });
    this.#heading.textContent = room.name;
  }
}
