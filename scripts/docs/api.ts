import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastify from 'fastify';
import ts from 'typescript';
import type { RouteTools } from '../../src/services/api/access.js';
import { addRoutes } from '../../src/services/api/routes.js';
import { table } from './sections.js';

/** What people should know of a route beyond its types. */
interface Note {
  what: string;
  /** Who may use it. */
  who: string;
  /** Type of the request's body or query. */
  takes?: string;
  /** Type of the answer. */
  gives: string;
}

const room = 'members of the room';
const moderators = 'moderators, administrators';

const notes: Readonly<Record<string, Note>> = {
  'GET /api/v1/health': { what: 'Whether it runs, and how much there is', who: 'all', gives: 'HealthAnswer' },
  'GET /api/v1/about': { what: 'Version and addresses', who: 'all', gives: 'AboutAnswer' },
  'GET /api/v1/me': { what: 'Whose token or cookie was sent', who: 'all', gives: 'MeAnswer' },
  'POST /api/v1/session': {
    what: 'Enter a room by browser: a token and all addresses of one call',
    who: 'this machine and private networks; from elsewhere with the PIN or a token',
    takes: 'SessionRequest',
    gives: 'SessionAnswer',
  },
  'GET /api/v1/demo': { what: 'Whether the demo room system is there', who: 'all', gives: 'DemoAnswer' },
  'POST /api/v1/demo': {
    what: 'Bring it in, let it take the floor, send it away',
    who: 'this machine, private networks, administrators',
    takes: 'DemoRequest',
    gives: 'DemoAnswer',
  },
  'POST /api/v1/admin': {
    what: 'Exchange the key of the one-time link for a token',
    who: 'who has the key',
    takes: 'RedeemRequest',
    gives: 'RedeemAnswer',
  },
  'GET /api/v1/rooms': { what: 'The rooms that the token is good for', who: 'any token', gives: 'RoomSummary[]' },
  'GET /api/v1/rooms/:name': { what: 'A room with everybody in it', who: room, gives: 'RoomSnapshot' },
  'PATCH /api/v1/rooms/:name': { what: 'Lock or unlock', who: moderators, takes: 'RoomPatch', gives: 'RoomSummary' },
  'POST /api/v1/rooms/:name/floor': {
    what: 'Ask for the floor, give it back; grant, deny, revoke',
    who: `${room}; for others ${moderators}`,
    takes: 'FloorRequestBody',
    gives: 'FloorSnapshot',
  },
  'POST /api/v1/rooms/:name/participants': {
    what: 'Call a device or a person into the room',
    who: `${moderators}, where \`sip.dialOut\` lets them`,
    takes: 'CallRequest',
    gives: 'CallAnswer',
  },
  'POST /api/v1/rooms/:name/recording': {
    what: 'Record the sound of the room, pause, go on, end',
    who: `${moderators}, where \`audio.recordings.who\` lets them`,
    takes: 'RecordingRequest',
    gives: 'RecordingAnswer',
  },
  'GET /api/v1/recordings': {
    what: 'Recordings that go on and are kept; `?room=NAME` for those of one room',
    who: `${moderators} of the room, as above`,
    gives: 'RecordingsAnswer',
  },
  'GET /api/v1/recordings/:id/:file': {
    what: 'A file of one, `1.wav`, `2.wav`, ...',
    who: `${moderators} of the room, as above`,
    gives: 'a WAVE file',
  },
  'DELETE /api/v1/recordings/:id': {
    what: 'Remove one that is over',
    who: `${moderators} of the room, as above`,
    gives: 'RecordingRemoved',
  },
  'PATCH /api/v1/rooms/:name/participants/:id': {
    what: 'Mute or unmute',
    who: `oneself, ${moderators}`,
    takes: 'ParticipantPatch',
    gives: 'ParticipantSnapshot',
  },
  'GET /api/v1/rooms/:name/participants/:id/media': {
    what: "Figures of a participant's lines",
    who: `oneself, ${moderators}`,
    gives: 'MediaAnswer',
  },
  'GET /api/v1/rooms/:name/participants/:id/diagnosis': {
    what: "How a participant's call was agreed and goes",
    who: 'administrators',
    gives: 'CallDiagnosis',
  },
  'GET /api/v1/rooms/:name/participants/:id/capture.pcapng': {
    what: 'Its SIP, BFCP and RTCP for Wireshark',
    who: 'administrators',
    gives: 'a pcap-ng file',
  },
  'GET /api/v1/calls': {
    what: 'Calls of now and of a while ago, refused ones too (`diagnosis`)',
    who: 'administrators',
    gives: 'CallsAnswer',
  },
  'GET /api/v1/calls/:id': { what: 'How one of them was agreed and went', who: 'administrators', gives: 'CallDiagnosis' },
  'GET /api/v1/calls/:id/capture.pcapng': {
    what: 'Its SIP, BFCP and RTCP for Wireshark; `?rtpSeconds=N` adds headers of RTP',
    who: 'administrators',
    gives: 'a pcap-ng file',
  },
  'POST /api/v1/rooms/:name/participants/:id/dtmf': {
    what: 'Press keys at a participant',
    who: moderators,
    takes: 'DtmfRequest',
    gives: 'nothing (204)',
  },
  'DELETE /api/v1/rooms/:name/participants/:id': {
    what: 'Hang up, or give up on one who is being called; who is put out by others loses the token',
    who: `oneself, ${moderators}`,
    gives: 'nothing (204)',
  },
  'GET /api/v1/registrations': {
    what: 'Registered devices, in pages; `?user=NAME` for those of one user',
    who: 'administrators',
    gives: 'RegistrationsAnswer',
  },
  'DELETE /api/v1/registrations/:id': {
    what: 'Forget a registration; the device is not told',
    who: 'administrators',
    gives: 'nothing (204)',
  },
  'GET /api/v1/trunks': {
    what: 'Trunks: their calls, registration and servers',
    who: 'administrators',
    gives: 'TrunksAnswer',
  },
  'GET /api/v1/audio-servers': {
    what: 'FreeSWITCH servers of audio conferences: state, conferences, members',
    who: 'administrators',
    gives: 'AudioServersAnswer',
  },
  'PATCH /api/v1/audio-servers/:name': {
    what: 'Take a server out of service or back into it; `move` has its conferences go on on others',
    who: 'administrators',
    takes: 'AudioServerPatch',
    gives: 'AudioServersAnswer',
  },
  'GET /api/v1/quarantine': {
    what: 'Sources of SIP that are not heard for now',
    who: 'administrators',
    gives: 'QuarantineAnswer',
  },
  'DELETE /api/v1/quarantine/:source': {
    what: 'Hear a source again at once',
    who: 'administrators',
    gives: 'nothing (204)',
  },
  'GET /metrics': { what: 'Prometheus text', who: 'this machine, administrators', gives: 'text' },
  'GET /admin': {
    what: 'The one-time link: signs in by a cookie and goes to the page',
    who: 'who has the key',
    takes: 'RedeemRequest',
    gives: 'a redirect (302)',
  },
};

/** Every route that the API registers, as `METHOD /path`, in their order. */
export function registeredRoutes(): string[] {
  const app = fastify();
  const found: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') found.push(`${one} ${url}`);
  });
  // No request is ever made: the handlers need nothing.
  addRoutes(app, {} as RouteTools);
  return found;
}

/** The routes as a Markdown table. Throws when one lacks its note, or a note its route. */
export function routeTable(): string {
  const routes = registeredRoutes();
  const stale = Object.keys(notes).filter((name) => !routes.includes(name));
  if (stale.length > 0) throw new Error(`no such route: ${stale.join(', ')} (scripts/docs/api.ts)`);
  const rows = routes.map((name) => {
    const note = notes[name];
    if (!note) throw new Error(`say what ${name} is for (scripts/docs/api.ts)`);
    const { what, who, takes = '', gives } = note;
    return [`\`${name}\``, what, who, takes && `\`${takes}\``, /^[A-Z]/.test(gives) ? `\`${gives}\`` : gives];
  });
  return table(['request', 'what it does', 'for', 'takes', 'gives'], rows);
}

/** The exported types of the contract as they stand in the code, one block each, with what their comment says before. */
export function contractTypes(root: string): string {
  const path = join(root, 'src/services/api/contract.ts');
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const blocks = source.statements.flatMap((statement) => {
    if (!ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) return [];
    const comment = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc).at(-1);
    const words = comment ? (ts.getTextOfJSDocComment(comment.comment) ?? '').replace(/\s*\n\s*/g, ' ') : '';
    const code = statement.getText(source).replace(/^export /, '');
    return [`### ${statement.name.text}\n\n${words}\n\n\`\`\`ts\n${code}\n\`\`\``];
  });
  return blocks.join('\n\n');
}
