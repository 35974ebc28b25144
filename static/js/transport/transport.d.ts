import type { ClientFrame, ServerFrame } from "./frames.d.ts";

export type TransportKind = "websocket" | "sse";

export interface TransportHandlers {
  onFrame(frame: ServerFrame): void;
  /** Called once, unless `close()` was called before. `code` is a WebSocket close code. */
  onClose(code: number): void;
}

/** One connection of either kind. */
export interface Transport {
  readonly kind: TransportKind;
  /** Whether no frame is queued. */
  readonly isIdle: boolean;
  handlers: TransportHandlers;
  /** Returns whether the frame was accepted, which does not mean delivered. */
  send(frame: ClientFrame): boolean;
  close(): void;
}

export type ConnectionState = "connecting" | "open" | "offline" | "stopped";

export interface StateChange {
  state: ConnectionState;
  /** The close code behind `offline` and `stopped`. */
  code: number | null;
  kind: TransportKind | undefined;
}
