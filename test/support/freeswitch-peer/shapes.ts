import { readFileSync } from 'node:fs';

/** Headers of an event in the order of the wire; values as JSON has them, quotes included. */
type Shape = readonly (readonly [name: string, json: string])[];

const golden = new URL('../../golden/esl/24-shipped-tree.txt', import.meta.url);

/** Every event of the transcript, by its kind; of one kind the first. */
function readShapes(): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const text = readFileSync(golden, 'utf8');
  for (const [, json = ''] of text.matchAll(/Content-Type: text\/event-json\n\n(\{.*?\})(?=\n|Content-)/g)) {
    const shape = pairsOf(json);
    const kind = kindOf(new Map(shape.map(([name, value]) => [name, String(JSON.parse(value))])));
    if (!shapes.has(kind)) shapes.set(kind, shape);
  }
  return shapes;
}

/** Names and values of flat JSON in their order, names that come twice included. */
export function pairsOf(json: string): Shape {
  return [...json.matchAll(/"((?:[^"\\]|\\.)*)":("(?:[^"\\]|\\.)*"|\[[^\]]*\])/g)].map(
    ([, name = '', value = '']) => [name, value] as const,
  );
}

/** What an event is, where one action comes in several forms. */
function kindOf(headers: ReadonlyMap<string, string>): string {
  const action = headers.get('Action') ?? headers.get('Event-Name') ?? '';
  if (action === 'floor-change') return headers.get('New-ID') === 'none' ? 'floor-change:none' : action;
  if (action === 'play-file' && headers.has('Error')) return 'play-file:error';
  if (action === 'del-member' && headers.has('Hangup-Cause')) return 'del-member:ended';
  if (action !== 'CHANNEL_HANGUP_COMPLETE') return action;
  const where = headers.has('variable_conference_member_id') ? '' : ':outside';
  return `${action}:${headers.get('variable_sip_hangup_disposition') ?? ''}${where}`;
}

const shapes = readShapes();

/** An event as FreeSWITCH words it in JSON: the recorded one with these values in place of its own. */
export function eventText(kind: string, values: Readonly<Record<string, string>>): string {
  const shape = shapes.get(kind);
  if (!shape) throw new Error(`no event ${kind} was ever recorded`);
  const pairs = shape.map(([name, json]) => {
    const value = values[name];
    return `${JSON.stringify(name)}:${value === undefined ? json : JSON.stringify(value)}`;
  });
  return `{${pairs.join(',')}}`;
}

/** A message with an event. */
export function eventFrame(json: string): string {
  return `Content-Length: ${Buffer.byteLength(json)}\nContent-Type: text/event-json\n\n${json}`;
}
