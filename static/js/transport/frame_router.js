import { Emitter } from "../lib/emitter.js";

/** @import { ServerFrame, ServerFrameOf, ServerFrameType } from "./frames.d.ts" */

/**
 * Dispatches server frames to the handlers of their type; frames of unknown types are ignored. Each handler runs
 * isolated: one that throws keeps no other one, and no later frame, from being handled.
 *
 * @extends {Emitter<{ [Type in ServerFrameType]: ServerFrameOf<Type> }>}
 */
export class FrameRouter extends Emitter {
  /** @param {ServerFrame} frame */
  dispatch(frame) {
    this.emit(frame.type, frame);
  }
}
