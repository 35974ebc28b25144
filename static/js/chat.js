import { RoomLog } from "./log.js";
import { uuid } from "./uuid.js";

/** What the server says, turned into what the page shows; and which room that is. */
export class Chat {
  #me;
  #parts;
  #rooms = new Map();
  #logs = new Map();
  #entering = new Map();
  /** The room one stands in, and the one on show: a private conversation is read without leaving one's room. */
  #here;
  #shown = null;
  #wanted = null;
  #with;
  #unasked = true;
  #people = { count: 0, names: [] };
  #byType = {
    hello: (frame) => this.#hello(frame),
    room: (frame) => this.#room(frame),
    rooms: (frame) => frame.rooms.forEach((room) => this.#room({ room })),
    room_gone: (frame) => this.#roomGone(frame),
    people: (frame) => this.#peopleChanged(frame),
    events: (frame) => this.#events(frame),
    page: (frame) => this.#page(frame),
    ack: (frame) => this.#acknowledged(frame),
    reply: (frame) => this.#reply(frame),
    error: (frame) => this.#error(frame),
    notice: (frame) => this.#notice(frame),
    pong: (frame) => this.#parts.clock.hear(frame),
  };

  /** `room` is where to stand (or null), `conversationWith` a name to begin with (or null). */
  constructor(me, { room, conversationWith }, parts) {
    this.#me = me;
    this.#here = room;
    this.#with = conversationWith;
    this.#parts = parts;
  }

  /** The query to connect with. */
  resume() {
    const room = this.#wanted ?? this.#here;
    return room ? { room, ...this.#logs.get(room)?.position } : {};
  }

  hear(frame) {
    this.#byType[frame.type]?.(frame);
  }

  lineChanged({ state }) {
    if (state === "open") return;
    this.#entering.clear();
    this.#parts.outbox.pause();
    this.#parts.timeline.forgetAsking();
  }

  open(id) {
    const room = this.#rooms.get(id);
    if (!room) return;
    this.#parts.timeline.turnPage();
    this.#parts.composer.focus();
    const conversation = room.kind === "direct";
    if (conversation) this.#show(room);
    if (conversation || id !== this.#here) this.#enter(id);
    else this.#show(room);
  }

  openWith(name) {
    const conversation = [...this.#rooms.values()].find((room) => room.with?.name === name);
    if (conversation) this.open(conversation.id);
    else this.#parts.composer.begin(`#\\private<${name}> `);
    return Boolean(conversation);
  }

  say(text) {
    const { outbox, timeline } = this.#parts;
    timeline.turnPage();
    timeline.toEnd();
    outbox.add(text, this.#shown);
  }

  askForOlder() {
    const asked = { type: "history", id: uuid(), room: this.#shown, before: this.#log(this.#shown).first, limit: 50 };
    if (!this.#parts.socket.send(asked)) this.#parts.timeline.forgetAsking();
  }

  showWaiting() {
    const { outbox, timeline } = this.#parts;
    timeline.showWaiting(outbox.entries.filter(({ room }) => room === this.#shown || !this.#rooms.has(room)));
  }

  /** The person looks: what is on show is read. */
  looked() {
    if (document.hidden || this.#rooms.get(this.#shown)?.kind !== "direct") return;
    this.#parts.marks.readTo(this.#shown, this.#log(this.#shown).last);
    this.#showRooms();
  }

  #hello({ rooms, conversations, limits, room }) {
    this.#rooms = new Map([...rooms, ...conversations].map((one) => [one.id, one]));
    this.#logs.forEach((log) => (log.behind = true));
    this.#here = room;
    this.#wanted = null;
    this.#unasked = true;
    this.#parts.composer.limit = limits.text;
    this.#showRooms();
    this.#goOnWithConversation();
    this.#parts.outbox.restart();
  }

  /** After a reconnection the private conversation on show goes on; at the start the page's address may name one. */
  #goOnWithConversation() {
    if (this.#showsConversation) this.#enter(this.#shown);
    else if (this.#with && this.openWith(this.#with)) this.#with = null;
  }

  get #showsConversation() {
    return this.#rooms.get(this.#shown)?.kind === "direct";
  }

  #enter(id) {
    const asked = uuid();
    this.#entering.set(asked, id);
    const sent = this.#parts.socket.send({ type: "enter", id: asked, room: id, ...this.#log(id).position });
    if (!sent && this.#rooms.get(id).kind !== "direct") this.#wanted = id;
  }

  #room({ id: asked, here, room }) {
    this.#rooms.set(room.id, { ...this.#rooms.get(room.id), ...room });
    if (here || this.#entering.get(asked) === room.id) this.#log(room.id).behind = false;
    this.#entering.delete(asked);
    if (here) this.#standIn(room);
    if (room.id === this.#shown) this.#showRoom(this.#rooms.get(room.id));
    this.#showRooms();
  }

  #standIn(room) {
    const moved = !this.#unasked;
    this.#unasked = false;
    this.#here = room.id;
    if (moved || !this.#showsConversation) this.#show(room, { replacing: !moved });
  }

  #roomGone({ room, text, ...why }) {
    const concerned = room === this.#here || room === this.#shown;
    this.#rooms.delete(room);
    this.#logs.delete(room);
    this.#unasked ||= room === this.#here;
    if (concerned) this.#parts.timeline.aside("notice", { code: why.reason, text });
    this.#showRooms();
  }

  #show(room, { replacing = false } = {}) {
    const { place, composer, timeline, outbox } = this.#parts;
    if (room.id === this.#shown) return;
    composer.turnTo(room.id, { fromGone: !this.#rooms.has(this.#shown) });
    this.#shown = room.id;
    place.show(room, { replacing });
    outbox.dropSent();
    timeline.show(this.#log(room.id));
    this.#showRoom(room);
    this.showWaiting();
    this.looked();
    this.#showRooms();
  }

  #showRoom(room) {
    const { place, controls, people } = this.#parts;
    place.name(room);
    controls.show(room);
    if (room.kind === "direct") people.showOther(room);
    else people.show(this.#people);
  }

  #showRooms() {
    this.#parts.sidebar.show(this.#rooms, this.#shown);
  }

  #peopleChanged(frame) {
    const room = this.#rooms.get(frame.room);
    if (room) room.people = frame.count;
    this.#showRooms();
    if (frame.room !== this.#here) return;
    this.#people = frame;
    if (this.#shown === this.#here) this.#parts.people.show(frame);
  }

  #events(frame) {
    const log = this.#log(frame.room);
    this.#count(frame);
    this.#parts.seen.add(frame);
    const open = frame.room === this.#here || frame.room === this.#shown;
    // A conversation never opened here holds nothing to go on from: what comes is only counted.
    if (!open && !log.isKnown && !frame.reset) return;
    const changed = log.take(frame);
    if (log.behind) this.#catchUp(frame.room);
    this.#parts.outbox.arrived(new Set(frame.messages.map(({ id }) => id)));
    if (frame.room !== this.#shown) return;
    if (frame.reset) this.#parts.timeline.show(log);
    else this.#parts.timeline.put(changed);
    this.looked();
  }

  /** Something is missing before what has just come. */
  #catchUp(room) {
    if (![...this.#entering.values()].includes(room)) this.#enter(room);
  }

  #count({ room: id, messages }) {
    const room = this.#rooms.get(id);
    if (room?.kind !== "direct") return;
    messages.forEach(({ seq, author }) => {
      if (author?.id === this.#me.id) this.#parts.marks.readTo(id, seq);
      room.last_seq = Math.max(room.last_seq ?? 0, seq);
    });
    this.#showRooms();
  }

  #page(frame) {
    const older = this.#log(frame.room).takeOlder(frame);
    if (frame.room === this.#shown) this.#parts.timeline.putOlder(older);
  }

  #acknowledged({ id, room, seq }) {
    const arrived = room !== this.#shown || this.#log(room).last >= seq;
    if (arrived) this.#parts.outbox.settle(id);
    else this.#parts.outbox.acknowledge(id);
  }

  #reply(frame) {
    if (!this.#parts.outbox.settle(frame.id)) return;
    this.#parts.timeline.aside(frame.ok ? "reply" : "error", frame);
    if (frame.code === "bye") this.#parts.socket.finish();
    if (frame.code === "private_sent" && this.#with && this.openWith(this.#with)) this.#with = null;
  }

  #error(frame) {
    if (this.#parts.outbox.refuse(frame)) return;
    this.#entering.delete(frame.id);
    this.#parts.timeline.aside("error", frame);
  }

  #notice(frame) {
    if (!frame.room || frame.room === this.#shown) this.#parts.timeline.aside("notice", frame);
  }

  #log(id) {
    if (!this.#logs.has(id)) this.#logs.set(id, new RoomLog());
    return this.#logs.get(id);
  }
}
