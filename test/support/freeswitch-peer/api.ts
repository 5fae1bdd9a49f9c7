import { existsSync } from 'node:fs';
import { conferenceCommand } from './conference-api.js';
import { listed } from './listing.js';
import type { Server } from './server.js';

/** Answers of `api`, by the first word of the command. */
const commands: Record<string, (server: Server, words: string[]) => string | Promise<string>> = {
  conference: (server, words) => conferences(server, words),
  global_getvar: ({ core }, [name]) => (name === 'core_uuid' ? core.uuid : ''),
  file_exists: (_server, [path = '']) => String(existsSync(path)),
  uptime: ({ core }) => String(Math.floor(core.upMs / 1000)),
  uuid_kill: (server, [uuid = '']) => (server.kill(uuid) ? '+OK\n' : '-ERR No such channel!\n'),
  uuid_audio: async (server, [uuid = '', how, direction, what, level]) => {
    const channel = server.channels.get(uuid)?.channel;
    if (!channel) return '-ERR No such channel!\n';
    const starts = how === 'start' && direction === 'read' && what === 'level' && level !== undefined;
    if (!starts && how !== 'stop') return '-USAGE: <uuid> [start [read|write] [mute|level <level>]|stop]\n';
    await server.level(uuid, starts ? Number(level) : 0);
    return '+OK\n';
  },
  uuid_exists: ({ channels }, [uuid = '']) => String(channels.has(uuid)),
  uuid_recv_dtmf: (server, [uuid = '', digits = '']) => {
    if (!server.channels.has(uuid)) return '-ERR No such channel!\n';
    for (const digit of digits) server.pressed(uuid, digit);
    return `+OK ${uuid} received DTMF ${digits}.\n`;
  },
};

/** What `api` says to a command, word for word. */
export async function answerOf(server: Server, command: string): Promise<string> {
  const [name = '', ...words] = command.trim().split(/\s+/);
  const run = commands[name];
  if (!run) return `-ERR ${name} Command not found!\n`;
  return (await run(server, words)) || '-ERR no reply\n';
}

async function conferences(server: Server, words: string[]): Promise<string> {
  const [room = '', ...rest] = words;
  if (room === 'json_list') return JSON.stringify([...server.conferences.values()].map(listed));
  const conference = server.conferences.get(room);
  if (!conference) return `-ERR Conference ${room} not found\n`;
  return conferenceCommand(conference, rest, (channel) => server.hangUp(channel));
}
