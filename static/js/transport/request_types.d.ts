import type { BannedFrame, BlockFrame, ModerateFrame, ReportFrame, SlowFrame } from "./frames.d.ts";

/** Client frames answered by one `reply` or `error`. */
export type RequestFrame = BannedFrame | BlockFrame | ModerateFrame | ReportFrame | SlowFrame;

/** A frame before its `id` is made; distributes over unions. */
export type WithoutId<Frame> = Frame extends unknown ? Omit<Frame, "id"> : never;

export type WithoutRoom<Frame> = Frame extends unknown ? Omit<Frame, "room"> : never;
