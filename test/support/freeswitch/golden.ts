import { Framer } from '../../../src/base/framer.js';
import { bodyLimit, eslFrames, headersLimit } from '../../../src/protocol/esl/message.js';
import { serverBytes } from '../../protocol/esl/transcripts.js';

/** What the real server said in the scenario, message by message. */
export function goldenFrames(): string[] {
  return new Framer(eslFrames, headersLimit + bodyLimit)
    .push(serverBytes('24-shipped-tree'))
    .map((frame) => frame.toString());
}
