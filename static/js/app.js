// Introduces the parts of the chat page to each other.

import { Chat } from "./chat.js";
import { Clock } from "./clock.js";
import { Composer } from "./composer.js";
import { Lines } from "./lines.js";
import { Marks } from "./marks.js";
import { Outbox } from "./outbox.js";
import { People } from "./people.js";
import { Place } from "./place.js";
import { RoomControls } from "./room_controls.js";
import { Seen } from "./seen.js";
import { Shelf } from "./shelf.js";
import { Sidebar } from "./sidebar.js";
import { Socket } from "./socket.js";
import { Status } from "./status.js";
import { Timeline } from "./timeline.js";

const SIGN_IN_AGAIN = 4001;

const root = document.getElementById("chat");
const given = root.dataset;
const me = { id: Number(given.userId), name: given.userName, staff: given.staff === "true" };

const clock = new Clock();
const marks = new Marks(me.id);
const place = new Place(given);
const composer = new Composer();
const timeline = new Timeline(new Lines(clock, me));
const sidebar = new Sidebar(place, marks);
const people = new People(me);
const controls = new RoomControls(me);
const socket = new Socket(given.socket, { resume: () => chat.resume(), mark: () => clock.mark() });
const outbox = new Outbox(new Shelf(me.id), (frame) => socket.send(frame));
const seen = new Seen((frame) => socket.send(frame));
const status = new Status(root, () => socket.start());
const start = { room: Number(given.roomId) || null, conversationWith: given.conversationWith || null };
const chat = new Chat(me, start, {
  clock,
  marks,
  place,
  composer,
  timeline,
  sidebar,
  people,
  controls,
  socket,
  outbox,
  seen,
});

socket.addEventListener("frame", ({ detail }) => chat.hear(detail));
socket.addEventListener("state", ({ detail }) => {
  status.show(detail);
  chat.lineChanged(detail);
  if (detail.code === SIGN_IN_AGAIN) signInAgain();
});
outbox.addEventListener("change", () => chat.showWaiting());
timeline.addEventListener("older", () => chat.askForOlder());
timeline.addEventListener("retry", ({ detail }) => outbox.retry(detail));
timeline.addEventListener("discard", ({ detail }) => outbox.discard(detail));
composer.addEventListener("say", ({ detail }) => chat.say(detail));
controls.addEventListener("command", ({ detail }) => chat.say(detail));
sidebar.addEventListener("open", ({ detail }) => chat.open(detail));
people.addEventListener("greet", ({ detail }) => chat.openWith(detail));
place.addEventListener("back", ({ detail }) => chat.open(detail));
document.addEventListener("visibilitychange", () => chat.looked());

chat.showWaiting();
socket.start();

function signInAgain() {
  location.assign(`${given.signIn}?next=${encodeURIComponent(location.pathname)}`);
}
