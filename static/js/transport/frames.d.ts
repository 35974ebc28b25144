/** Frames of the chat protocol (docs/protocol.md): one interface for each, and the objects inside them. */

// ---- Objects inside frames ----

export interface User { id: number; name: string; }

export interface Message {
  seq: number;
  version: number;
  id: string;
  author: User | null;
  text: string;
  html: string;
  at: string;
  edited: boolean;
  erased: boolean;
}

/** Read state of a room; absent from the cards of rooms never joined. */
export interface ReadState { last_seq?: number; read_seq?: number; }

/** A public room as lists show it. */
export interface PublicRoomCard extends ReadState {
  id: number;
  kind: "public";
  name: string;
  people: number;
  owner: User | null;
  default: boolean;
  permanent: boolean;
  slow_seconds: number;
  closes_at: string | null;
}

/** A private conversation as lists show it; `with` is null once the other account is deleted. */
export interface DirectRoomCard extends ReadState {
  id: number;
  kind: "direct";
  name: string;
  with: User | null;
  online: boolean;
}

export type RoomCard = PublicRoomCard | DirectRoomCard;

export interface UnreadState extends ReadState { room: number; }

// ---- Frames from the server ----

export interface HelloFrame {
  type: "hello";
  protocol: number;
  version: string;
  user: User;
  time: string;
  room: number;
  rooms: PublicRoomCard[];
  conversations: DirectRoomCard[];
  blocked: User[];
  limits: { text: number; frame: number };
}

export interface AckFrame {
  type: "ack";
  id: string;
  room: number;
  seq: number;
  version: number;
  at: string;
  duplicate: boolean;
}

export interface ReplyFrame { type: "reply"; id: string; ok: boolean; code: string; text: string; data: ReplyData; }

/** Data of the replies that the page reads; other replies carry other fields (docs/protocol.md, Commands). */
export interface ReplyData {
  users?: Array<User & { until: string | null }>;
}

export interface ErrorFrame {
  type: "error";
  id: string | null;
  code: string;
  text: string;
  retry_after?: number;
  field?: string;
}

export interface EventsFrame {
  type: "events";
  room: number;
  epoch: string;
  since: number;
  version: number;
  reset?: boolean;
  more?: boolean;
  messages: Message[];
}

export interface PageFrame { type: "page"; id: string | null; room: number; messages: Message[]; more: boolean; }
export interface RoomFrame { type: "room"; id?: string | null; here?: boolean; room: RoomCard; }
export interface RoomsFrame { type: "rooms"; rooms: RoomCard[]; }

export interface RoomGoneFrame {
  type: "room_gone";
  room: number;
  name: string;
  reason: "deleted" | "closed" | "hidden" | "removed";
  text: string;
}

export interface PeopleFrame { type: "people"; room: number; count: number; names: string[]; muted: string[]; }
export interface BlockedFrame { type: "blocked"; users: User[]; }
export interface UnreadFrame { type: "unread"; rooms: UnreadState[]; }
export interface TypingFrame { type: "typing"; room: number; users: User[]; }
export interface NoticeFrame { type: "notice"; room: number | null; code: string; text: string; data: NoticeData; }

/** Data of the notices that the page reads: `name` of `joined` and `left`. */
export interface NoticeData { name?: string; }
export interface PongFrame { type: "pong"; t: number; time: number; }
export interface ByeFrame { type: "bye"; retry_after?: number; }
export interface EchoFrame { type: "echo"; id: string; text: string; }

export interface WatchingFrame {
  type: "watching";
  id: string | null;
  server: string;
  channel_layer: "redis" | "none";
  transport: "websocket" | "sse";
  event_seconds: number;
}

export interface ServerEventFrame { type: "server_event"; number: number; at: string; server: string; }

export type ServerFrame =
  | HelloFrame
  | AckFrame
  | ReplyFrame
  | ErrorFrame
  | EventsFrame
  | PageFrame
  | RoomFrame
  | RoomsFrame
  | RoomGoneFrame
  | PeopleFrame
  | BlockedFrame
  | UnreadFrame
  | TypingFrame
  | NoticeFrame
  | PongFrame
  | ByeFrame
  | EchoFrame
  | WatchingFrame
  | ServerEventFrame;

export type ServerFrameType = ServerFrame["type"];

/** The server frame of a type: `ServerFrameOf<"ack">` is `AckFrame`. */
export type ServerFrameOf<Type extends ServerFrameType> = Extract<ServerFrame, { type: Type }>;

// ---- Frames from the client ----

export interface SayFrame { type: "say"; id: string; text: string; room?: number; }
export interface EnterFrame { type: "enter"; id?: string; room: number | string; epoch?: string; version?: number; }
export interface LeaveFrame { type: "leave"; id?: string; }

export interface HistoryFrame {
  type: "history";
  id?: string;
  room: number;
  before?: number;
  after?: number;
  around?: number;
  limit?: number;
}

export interface EditFrame { type: "edit"; id: string; room: number; seq: number; text: string; }
export interface EraseFrame { type: "erase"; id: string; room: number; seq: number; }
export interface SeenFrame { type: "seen"; rooms: Record<number, number>; }
export interface ReadFrame { type: "read"; room: number; seq: number; }

/** A client's `typing` frame; the server's has the same type. */
export interface SendTypingFrame { type: "typing"; room: number; }
export interface PingFrame { type: "ping"; t: number; }

/** A client's `echo` frame; the server's has the same type. */
export interface SendEchoFrame { type: "echo"; id: string; text: string; }
export interface BroadcastFrame { type: "broadcast"; id: string; text: string; }
export interface CloseFrame { type: "close"; id: string; room: number; }
export interface WatchFrame { type: "watch"; id?: string; }

export type ModerationAction = "mute" | "unmute" | "remove" | "ban" | "unban" | "hand_over";

export interface ModerateFrame {
  type: "moderate";
  id: string;
  room: number;
  action: ModerationAction;
  user: number | string;
}

export interface SlowFrame { type: "slow"; id: string; room: number; seconds: number; }
export interface BannedFrame { type: "banned"; id: string; room: number; }
export interface ReportFrame { type: "report"; id: string; room: number; seq: number; why?: string; }
export interface BlockFrame { type: "block"; id: string; user: number | string; blocked?: boolean; }

export type ClientFrame =
  | SayFrame
  | EnterFrame
  | LeaveFrame
  | HistoryFrame
  | EditFrame
  | EraseFrame
  | SeenFrame
  | ReadFrame
  | SendTypingFrame
  | PingFrame
  | SendEchoFrame
  | BroadcastFrame
  | CloseFrame
  | WatchFrame
  | ModerateFrame
  | SlowFrame
  | BannedFrame
  | ReportFrame
  | BlockFrame;
