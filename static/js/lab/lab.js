// The lab: the protocol's frames by hand, and what comes back.

import { Clock } from "../lib/clock.js";
import { Facts } from "./connection_facts.js";
import { FrameLog } from "./frame_log.js";
import { Seen } from "../transport/flow_control.js";
import { Socket } from "../transport/connection.js";
import { uuid } from "../lib/uuid.js";

const SAMPLE_MS = 1_000;
const SIGN_IN_AGAIN = 4001;

const root = document.getElementById("lab");
const clock = new Clock();
const facts = new Facts(root, clock);
const log = new FrameLog();
const names = new Map();
let here = null;
let position = {};

const paths = { socket: root.dataset.socket, stream: root.dataset.stream };
const socket = new Socket(paths, { resume: () => (here ? { room: here, ...position } : {}), mark: () => clock.mark() });
const seen = new Seen((frame) => socket.send(frame));
const send = (frame) => socket.send({ id: uuid(), ...frame });

const heard = {
  hello: ({ rooms }) => {
    rooms.forEach(({ id, name }) => names.set(id, name));
    send({ type: "watch" });
  },
  room: ({ here: standing, room }) => {
    names.set(room.id, room.name);
    if (standing) stand(room);
  },
  rooms: ({ rooms }) => rooms.forEach(({ id, name }) => names.set(id, name)),
  room_gone: ({ room }) => names.delete(room),
  events: (frame) => {
    seen.add(frame);
    if (frame.room === here) position = { epoch: frame.epoch, version: frame.version };
  },
  pong: (frame) => facts.latency(frame),
  watching: (frame) => facts.watching(frame),
  server_event: (frame) => facts.serverEvent(frame),
  reply: ({ code }) => code === "bye" && socket.finish(),
};

const acts = {
  echo: (text) => send({ type: "echo", text }),
  broadcast: (text) => send({ type: "broadcast", text }),
  join: (text) => send({ type: "enter", room: text }),
  say: (text) => send({ type: "say", text }),
  leave: () => send({ type: "leave" }),
  close: () => send({ type: "close", room: here }),
  disconnect: () => send({ type: "say", text: "#exit" }),
  connect: () => socket.start(),
};

function stand(room) {
  if (room.id !== here) position = {};
  here = room.id;
  facts.here(room.name);
}

socket.addEventListener("frame", ({ detail }) => {
  heard[detail.type]?.(detail);
  facts.rooms(names);
  log.add(detail);
});
socket.addEventListener("state", ({ detail }) => {
  facts.state(detail);
  if (detail.code === SIGN_IN_AGAIN) location.assign(`${root.dataset.signIn}?next=${encodeURIComponent(location.pathname)}`);
});
root.addEventListener("submit", (event) => {
  event.preventDefault();
  const { text } = event.target.elements;
  if (acts[event.target.dataset.act](text.value)) text.value = "";
});
root.addEventListener("click", ({ target }) => {
  if (target.type === "button" && target.dataset.act) acts[target.dataset.act]();
});

setInterval(() => socket.send({ type: "ping", t: clock.mark() }), SAMPLE_MS);
socket.start();
