import { Logs } from "../log/room_logs.js";
import { uuid } from "../lib/uuid.js";
import { words } from "../lib/words.js";

/** What the server says, turned into what the page shows; and which room that is. */
export class Chat {
  #me;
  #parts;
  #rooms = new Map();
  #logs;
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
    events: (frame) => this.#counting(frame.room, () => this.#events(frame)),
    unread: (frame) => this.#unread(frame),
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
    this.#logs = new Logs(parts.memory);
  }

  /** The query to connect with. */
  resume() {
    const room = this.#wanted ?? this.#here;
    return room ? { room, ...this.#logs.of(room).position } : {};
  }

  hear(frame) {
    this.#byType[frame.type]?.(frame);
  }

  lineChanged({ state }) {
    if (state === "open") return;
    if (state === "offline" && this.#shown === null) this.#remember();
    this.#entering.clear();
    this.#parts.outbox.pause();
    this.#parts.timeline.forgetAsking();
    this.showWaiting();
  }

  open(id) {
    const room = this.#rooms.get(id);
    if (!room) return;
    this.#with = null;
    this.#parts.timeline.turnPage();
    this.#parts.composer.focus();
    const conversation = room.kind === "direct";
    const fromMemory = !this.#parts.socket.isOpen && this.#logs.recall(id);
    if (conversation || fromMemory) this.#show(room);
    if (conversation || id !== this.#here) this.#enter(id);
    else this.#show(room);
  }

  openWith(name) {
    const conversation = this.#conversationWith(name);
    if (conversation) this.open(conversation.id);
    else this.#parts.composer.begin(`#\\private<${name}> `);
  }

  #conversationWith(name) {
    return [...this.#rooms.values()].find((room) => room.with?.name === name);
  }

  say(text) {
    const { outbox, timeline } = this.#parts;
    timeline.turnPage();
    timeline.toEnd();
    outbox.add(text, this.#shown);
  }

  /** Another part of the log on show: `place` as the frame `history` names it. */
  ask(place) {
    const asked = { type: "history", id: uuid(), room: this.#shown, ...place, limit: 50 };
    if (this.#parts.socket.send(asked)) this.#logs.of(this.#shown).ask(asked.id, place);
    else this.#parts.timeline.forgetAsking();
  }

  /** Gives one's own message another text; whether that is under way. */
  change({ seq }, text) {
    return this.#sendNow({ type: "edit", seq, text });
  }

  /** Takes back what one has said. */
  erase({ seq }) {
    return this.#sendNow({ type: "erase", seq });
  }

  #sendNow(frame) {
    const sent = this.#parts.socket.send({ ...frame, id: uuid(), room: this.#shown });
    if (!sent) this.#parts.toast.say(words("needs-line"));
    return sent;
  }

  get rooms() {
    return [...this.#rooms.values()];
  }

  /** Those who are where one stands. */
  get people() {
    return this.#people.names;
  }

  /** The room on show, if there is one. */
  get shown() {
    return this.#rooms.get(this.#shown);
  }

  /** What the page holds of the log on show. */
  get log() {
    return this.#logs.of(this.#shown);
  }

  showWaiting() {
    const { outbox, timeline, socket } = this.#parts;
    const entries = outbox.entries.filter(({ room }) => room === this.#shown || !this.#rooms.has(room));
    timeline.showWaiting(entries, socket.isOpen);
  }

  /** The person looks: what is on show is read. */
  looked() {
    const { timeline, marks } = this.#parts;
    if (document.hidden || this.#shown === null || !timeline.isAtEnd) return;
    const people = this.#rooms.get(this.#shown)?.people;
    this.#counting(this.#shown, () => marks.readTo(this.#shown, this.#logs.of(this.#shown).last, people));
  }

  /** Does something that may change what is unread in a room. */
  #counting(room, change) {
    const before = this.#parts.marks.unread(room);
    change();
    if (this.#parts.marks.unread(room) !== before) this.#showRooms();
  }

  #unread(frame) {
    this.#parts.marks.hear(frame);
    this.#showRooms();
  }

  /** No line from the start: what this browser remembers is on show until there is one. */
  #remember() {
    const { memory, place } = this.#parts;
    const all = memory.all;
    if (!all.length) return;
    this.#rooms = new Map(all.map(({ room }) => [room.id, room]));
    const { room } = all.find((one) => place.isAt(one.room)) ?? all[0];
    this.#logs.recall(room.id);
    this.#with = null;
    if (room.kind !== "direct") this.#wanted = room.id;
    this.#show(room, { replacing: true });
  }

  #hello({ rooms, conversations, limits, room }) {
    this.#rooms = new Map([...rooms, ...conversations].map((one) => [one.id, one]));
    this.#logs.fallBehind();
    this.#here = room;
    this.#wanted = null;
    this.#unasked = true;
    this.#parts.composer.limit = limits.text;
    this.#parts.marks.begin([...this.#rooms.values()]);
    this.#parts.memory.keepOnly(this.#rooms);
    this.#showRooms();
    this.#goOnWithConversation();
    this.#parts.outbox.restart();
  }

  /** After a reconnection the private conversation on show goes on; at the start the page's address may name one. */
  #goOnWithConversation() {
    if (this.#showsConversation) this.#enter(this.#shown);
    else if (this.#with && (this.#conversationWith(this.#with) || !this.#parts.composer.text)) this.openWith(this.#with);
  }

  get #showsConversation() {
    return this.#rooms.get(this.#shown)?.kind === "direct";
  }

  #enter(id) {
    const asked = uuid();
    this.#entering.set(asked, id);
    const sent = this.#parts.socket.send({ type: "enter", id: asked, room: id, ...this.#logs.of(id).position });
    if (!sent && this.#rooms.get(id).kind !== "direct") this.#wanted = id;
  }

  #room({ id: asked, here, room }) {
    this.#rooms.set(room.id, { ...this.#rooms.get(room.id), ...room });
    this.#parts.marks.know(room);
    if (here || this.#entering.get(asked) === room.id) this.#logs.of(room.id).behind = false;
    this.#entering.delete(asked);
    if (here) this.#standIn(room);
    // The page's address named somebody to whom nobody had written yet.
    if (this.#with && room.with?.name === this.#with) this.open(room.id);
    if (room.id === this.#shown) this.#showRoom(this.#rooms.get(room.id));
    this.#showRooms();
  }

  #standIn(room) {
    const moved = !this.#unasked;
    this.#unasked = false;
    this.#here = this.#parts.place.stood = room.id;
    if (moved || !this.#showsConversation) this.#show(room, { replacing: !moved });
  }

  #roomGone({ room, text, ...why }) {
    const concerned = room === this.#here || room === this.#shown;
    this.#rooms.delete(room);
    this.#logs.forget(room);
    this.#unasked ||= room === this.#here;
    if (concerned) this.#parts.timeline.aside("notice", { code: why.reason, text });
    this.#showRooms();
  }

  #show(room, { replacing = false } = {}) {
    const { place, composer, timeline, outbox } = this.#parts;
    if (room.id === this.#shown) return;
    composer.turnTo(room.id, { fromGone: !this.#rooms.has(this.#shown) });
    this.#shown = room.id;
    this.#parts.typists.turnTo(room.id);
    place.show(room, { replacing });
    outbox.dropSent();
    timeline.turnTo(this.#logs.of(room.id), this.#parts.marks.readOf(room.id));
    this.#seek();
    this.#showRoom(room);
    this.showWaiting();
    this.looked();
    this.#showRooms();
  }

  #showRoom(room) {
    const { place, controls, order, countdown, people } = this.#parts;
    place.name(room);
    controls.show(room);
    order.show(room);
    countdown.show(room);
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
    if (room && frame.room === this.#shown) this.#parts.place.name(room);
    if (frame.room !== this.#here) return;
    this.#people = frame;
    if (this.#shown === this.#here) this.#parts.people.show(frame);
  }

  #events(frame) {
    const log = this.#logs.of(frame.room);
    this.#parts.marks.arrived(frame);
    this.#parts.seen.add(frame);
    const open = frame.room === this.#here || frame.room === this.#shown;
    // A conversation never opened here holds nothing to go on from: what comes is only counted.
    if (!open && !log.isKnown && !frame.reset) return;
    const changed = log.take(frame);
    if (log.behind) this.#catchUp(frame.room);
    if (this.#rooms.has(frame.room)) this.#parts.memory.keep(this.#rooms.get(frame.room), log);
    this.#parts.outbox.arrived(new Set(frame.messages.map(({ id }) => id)));
    if (frame.room !== this.#shown) return;
    this.#parts.status.caughtUp();
    if (frame.reset) this.#parts.timeline.show(log);
    else this.#parts.timeline.put(changed);
    if (frame.reset) this.#seek();
    this.looked();
  }

  /** The address may name a message of the room. */
  #seek() {
    if (this.#parts.place.seq && this.#logs.of(this.#shown).isKnown) this.#parts.timeline.seek(this.#parts.place.seq);
  }

  /** Something is missing before what has just come. */
  #catchUp(room) {
    if (![...this.#entering.values()].includes(room)) this.#enter(room);
  }

  #page(frame) {
    if (this.#logs.of(frame.room).takePage(frame) && frame.room === this.#shown) this.#parts.timeline.turned();
  }

  #acknowledged({ id, room, seq }) {
    const arrived = room !== this.#shown || this.#logs.of(room).last >= seq;
    if (arrived) this.#parts.outbox.settle(id);
    else this.#parts.outbox.acknowledge(id);
  }

  #reply(frame) {
    if (!this.#parts.outbox.settle(frame.id)) return;
    this.#parts.timeline.aside(frame.ok ? "reply" : "error", frame);
    if (frame.code === "bye") this.#parts.socket.finish();
  }

  #error(frame) {
    if (frame.code === "disconnected") this.#parts.socket.finish();
    if (this.#parts.outbox.refuse(frame)) return;
    this.#entering.delete(frame.id);
    if (this.#shown !== null && this.log.isAsked(frame.id)) this.#parts.timeline.askAgainIn(frame.retry_after ?? 1);
    else this.#parts.timeline.aside("error", frame);
  }

  #notice(frame) {
    if (!frame.room || frame.room === this.#shown) this.#parts.timeline.aside("notice", frame);
  }
}
