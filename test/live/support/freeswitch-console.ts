import { systemClock } from '../../../src/base/clock.js';
import { systemChance } from '../../../src/base/ids.js';
import { systemNet } from '../../../src/base/system-net.js';
import { EslConversation } from '../../../src/protocol/esl/conversation.js';
import type { FreeSwitch } from '../../support/freeswitch/real.js';

/** Somebody at the server's own console. */
export async function consoleOf({ esl, password }: FreeSwitch): Promise<EslConversation> {
  const stream = await systemNet.connect(esl, { type: 'tcp' });
  const talk = new EslConversation(stream, { clock: systemClock, chance: systemChance, answerMs: 5000 });
  await talk.open(password);
  return talk;
}
