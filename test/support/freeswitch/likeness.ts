import { pairsOf } from '../freeswitch-peer/shapes.js';

/** Headers whose values differ from run to run, or from version to version. */
const loose =
  /^(Core-UUID|FreeSWITCH-|Event-Date-|Event-Sequence|Event-Calling-Line|Channel-(Name|Call-UUID)|Unique-ID|Conference-Unique|Caller-.*(-Time|Unique-ID|Channel-Name)|Current-Energy|talking-|seconds|milliseconds|samples|Samples-Out|Milliseconds-|Record-File|Up-Time|Uptime|Session-|Idle-CPU|Job-UUID)/;
/** Of the many variables of a channel those that say what became of it. */
const told =
  /^variable_(sip_call_id|uuid|sip_hangup_disposition|hangup_cause|hangup_cause_q850|conference_name|conference_member_id|conference_moderator|sip_req_user|sip_term_status)$/;

/** What a message comes to without what differs from run to run. */
function plain(frame: string): string {
  const end = frame.indexOf('\n\n');
  const outer = frame.slice(0, end);
  const body = frame.slice(end + 2);
  if (!outer.includes('text/event-json')) return everywhere(frame);
  const pairs = pairsOf(body).map(([name, value]) => ({
    name,
    text: `${name}=${loose.test(name) ? '*' : everywhere(value)}`,
  }));
  const texts = (test: (name: string) => boolean): string[] =>
    pairs.filter(({ name }) => test(name)).map(({ text }) => text);
  const fields = texts((name) => !name.startsWith('variable_'));
  // variables stand in the order in which the server's threads came to them
  const variables = texts((name) => told.test(name)).sort();
  return `${outer.replace(/\d+/, '*')} ${[...fields, ...variables].join(' ')}`;
}

/** Names of channels, conferences and files, members' clocks; and lengths of what they are in. */
function everywhere(text: string): string {
  const without = text
    .replace(/raw\d+x\d+/g, 'CALL')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\/[\w/.-]*freeswitch-scenario[\w/.-]*\.wav/g, 'FILE')
    .replace(/"(run_time|join_time|last_talking)":\d+/g, '"$1":*')
    .replace(/Member: \d{5,}/, 'Member: *');
  return without === text ? text : without.replace(/^Content-Length: \d+/m, 'Content-Length: *');
}

/**
 * What an event socket said, comparable: answers in order, then events in order, since another thread of the server tells
 * these; ends of calls and heartbeats come last, since further ones tell them.
 */
export function likeness(frames: readonly string[]): string[] {
  const apart = (frame: string): boolean => /"Event-Name":"(CHANNEL_HANGUP_COMPLETE|HEARTBEAT)"/.test(frame);
  const heartbeats = new Set<string>();
  const rest = frames.filter(apart).map(plain);
  for (const each of rest) if (each.includes('HEARTBEAT')) heartbeats.add(each);
  const ends = rest.filter((each) => !each.includes('HEARTBEAT'));
  const others = frames.filter((frame) => !apart(frame));
  const isEvent = (frame: string): boolean => frame.includes('text/event-json');
  const answers = others.filter((frame) => !isEvent(frame)).map(plain);
  return [...answers, ...others.filter(isEvent).map(plain), ...ends, ...heartbeats];
}
