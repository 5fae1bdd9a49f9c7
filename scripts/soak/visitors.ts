import { joinFloor } from '../bench/floor-member.js';
import { pause } from '../bench/figures.js';
import { roomSystem } from '../bench/offers.js';
import type { Uac } from '../bench/uac.js';

/** Numbers below a limit. */
export type Roll = (below: number) => number;

/** Who comes and goes during a soak. */
export interface Visitors {
  uac: Uac;
  roll: Roll;
  /** Longest stay, milliseconds. */
  stayMs: number;
}

/** One visit; resolves with what went otherwise than it should, or null. */
export type Visit = (visitors: Visitors) => Promise<string | null>;

const offer = (): string => roomSystem({ audio: 9, video: 9, content: 9, bfcp: 9 }).offer();
const room = (roll: Roll): string => `soak-${roll(8)}`;
const stay = ({ roll, stayMs }: Visitors): Promise<void> => pause(500 + roll(stayMs));

/** The first wish that did not come true. */
function complaint(...wishes: (readonly [what: string, status: number, wanted: number])[]): string | null {
  const wrong = wishes.find(([, status, wanted]) => status !== wanted);
  return wrong ? `${wrong[0]}: ${wrong[1]} instead of ${wrong[2]}` : null;
}

const guest: Visit = async (visitors) => {
  const { answer, call } = await visitors.uac.call(room(visitors.roll), offer());
  await stay(visitors);
  const bye = answer.status === 200 ? await call.bye() : 200;
  return complaint(['INVITE', answer.status, 200], ['BYE', bye, 200]);
};

const holder: Visit = async (visitors) => {
  const { answer, call } = await visitors.uac.call(room(visitors.roll), offer());
  if (answer.status !== 200) return complaint(['INVITE', answer.status, 200]);
  await stay(visitors);
  const held = await call.invite(offer().replaceAll('a=sendrecv', 'a=sendonly'));
  await pause(500);
  const resumed = await call.invite(offer());
  const options = await call.say('OPTIONS');
  const bye = await call.bye();
  return complaint(
    ['hold', held.status, 200],
    ['resume', resumed.status, 200],
    ['OPTIONS', options, 200],
    ['BYE', bye, 200],
  );
};

const late: Visit = async (visitors) => {
  const call = visitors.uac.prepare(room(visitors.roll));
  const answer = await call.invite('', 'no description');
  if (answer.status !== 200) return complaint(['INVITE without offer', answer.status, 200]);
  // an answer that cannot be read ends the call: by the gateway
  for (let waited = 0; !call.ended && waited < 5000; waited += 50) await pause(50);
  return call.ended ? null : 'a call with an unreadable answer went on';
};

const presenter: Visit = async (visitors) => {
  const { uac, roll } = visitors;
  const { link, call } = await joinFloor(uac, `share-${roll(1000)}`, roll(2) === 0 ? 'UDP' : 'TCP');
  const granted = await link.request('soak');
  await stay(visitors);
  if (roll(2) === 0) await link.release();
  const bye = await call.bye();
  link.close();
  return granted === 'granted' ? complaint(['BYE', bye, 200]) : `floor: ${granted}`;
};

const canceller: Visit = async ({ uac, roll }) => {
  const call = uac.prepare(room(roll));
  const answered = call.invite(offer());
  await pause(roll(6));
  const cancelled = await call.cancel();
  const { status } = await answered;
  const bye = status === 200 ? await call.bye() : 200;
  // whichever came first
  const fine = (status === 200 || status === 487) && (cancelled === 200 || cancelled === 481) && bye === 200;
  return fine ? null : `CANCEL: ${cancelled}, INVITE: ${status}, BYE: ${bye}`;
};

const stranger: Visit = async ({ uac }) => {
  const { answer } = await uac.call('no-such-room-%20-here', offer());
  return complaint(['INVITE to nobody', answer.status, 404]);
};

const guesser: Visit = async ({ uac }) => {
  const { answer } = await uac.call('locked*1111', offer());
  return complaint(['INVITE with a wrong PIN', answer.status, 403]);
};

const asker: Visit = async ({ uac }) => ((await uac.options(5000)) ? null : 'OPTIONS was not answered');

/** The mix, each as often as its weight of all. */
export const mix: readonly { name: string; weight: number; visit: Visit }[] = [
  { name: 'join and leave', weight: 50, visit: guest },
  { name: 'hold, resume, OPTIONS', weight: 12, visit: holder },
  { name: 'share', weight: 8, visit: presenter },
  { name: 'CANCEL', weight: 10, visit: canceller },
  { name: 'late offer, unreadable answer', weight: 4, visit: late },
  { name: 'nobody there', weight: 6, visit: stranger },
  { name: 'wrong PIN', weight: 4, visit: guesser },
  { name: 'OPTIONS', weight: 6, visit: asker },
];

/** One of the mix by chance. */
export function pickVisit(roll: Roll): (typeof mix)[number] {
  let left = roll(mix.reduce((sum, { weight }) => sum + weight, 0));
  const found = mix.find(({ weight }) => (left -= weight) < 0);
  if (!found) throw new Error('the weights do not add up');
  return found;
}
