import { arrange, copyOf } from "../lib/templates.js";
import { countedWords, words } from "../lib/words.js";

/** The rooms and private conversations one can go to. Fires `open` (detail: the room's id). */
export class Sidebar extends EventTarget {
  #panel = document.getElementById("side");
  #rooms = document.getElementById("rooms");
  #conversations = document.getElementById("conversations");
  #none = document.getElementById("no-conversations");
  #opener = document.getElementById("open-side");
  #items = new Map();
  #place;
  #marks;
  #drawer;

  constructor(place, marks, drawer) {
    super();
    this.#drawer = drawer;
    this.#place = place;
    this.#marks = marks;
    this.#panel.addEventListener("click", (event) => this.#clicked(event));
  }

  show(rooms, shown) {
    const all = [...rooms.values()];
    const ids = new Set(rooms.keys());
    this.#items.forEach((item, id) => ids.has(id) || this.#items.delete(id));
    all.forEach((room) => this.#fill(room, room.id === shown));
    this.#list(this.#rooms, all.filter(({ kind }) => kind !== "direct"));
    this.#list(this.#conversations, all.filter(({ kind }) => kind === "direct"));
    this.#none.hidden = this.#conversations.children.length > 0;
    this.#opener.dataset.news = all.some((room) => room.id !== shown && this.#items.get(room.id).dataset.unread > 0);
  }

  #list(list, rooms) {
    rooms.sort((one, other) => Boolean(other.default) - Boolean(one.default) || one.name.localeCompare(other.name));
    arrange(list, rooms.map(({ id }) => this.#items.get(id)));
  }

  #fill(room, current) {
    const item = this.#item(room);
    const link = item.querySelector("a");
    link.href = this.#place.address(room);
    if (current) link.ariaCurrent = "page";
    else link.removeAttribute("aria-current");
    item.querySelector(".name").textContent = room.name;
    if (room.kind === "direct") this.#fillConversation(item, room);
    else this.#fillRoom(item, room);
    this.#fillUnread(item, this.#marks.unread(room.id));
  }

  #item({ id, kind }) {
    if (!this.#items.has(id)) {
      const item = copyOf(kind === "direct" ? "conversation" : "room");
      item.dataset.room = id;
      this.#items.set(id, item);
    }
    return this.#items.get(id);
  }

  #fillRoom(item, { people }) {
    item.dataset.people = people;
    item.querySelector(".count").textContent = people;
    item.querySelector(".spoken").textContent = countedWords("people", people);
  }

  #fillConversation(item, room) {
    item.dataset.online = room.online;
    item.querySelector(".spoken").textContent = words(room.online ? "online" : "away");
  }

  #fillUnread(item, unread) {
    item.dataset.unread = unread;
    item.querySelector(".unread").textContent = unread ? countedWords("unread", unread) : "";
  }

  async #clicked(event) {
    const item = event.target.closest("[data-room]");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!item || elsewhere) return;
    event.preventDefault();
    await this.#drawer.close();
    this.dispatchEvent(new CustomEvent("open", { detail: Number(item.dataset.room) }));
  }
}
