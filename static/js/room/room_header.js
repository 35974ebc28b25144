import { byId } from "../lib/dom.js";
import { pageTitle } from "../lib/page_title.js";
import { countedWords, words } from "../lib/words.js";

/** @import { PublicRoomCard, RoomCard } from "../transport/frames.d.ts" */

/** The shown room's name and description, in the header and the page's title. */
export class RoomHeader {
  #root = byId("chat");
  #heading = byId("heading");
  #about = byId("about");

  /** @param {RoomCard} room */
  show(room) {
    pageTitle.text = words("title", { room: room.name });
    this.#root.dataset.kind = room.kind;
    this.#heading.textContent = room.name;
    this.#about.textContent = room.kind === "direct" ? words(room.online ? "online" : "away") : description(room);
  }
}

/** @param {PublicRoomCard} room */
function description({ people, permanent, owner, slow_seconds: slow, topic }) {
  const owned = permanent || !owner ? "" : words("begun-by", { name: owner.name });
  return [topic, countedWords("people", people), owned, slow ? countedWords("slow", slow) : ""].filter(Boolean).join(" · ");
}
