import { systemClock } from '../../../src/base/clock.js';
import type { Channel } from './channel.js';
import type { Conference, Member, Switch } from './conference.js';
import { listed } from './listing.js';

/** From `hup` to the member's leaving, ms. */
const hupMs = 15;

type Command = (
  conference: Conference,
  words: string[],
  hangUp: (channel: Channel) => void,
) => Promise<string> | string;

const usage = {
  switch: (how: string) => `${how} <[member_id|all]|last|non_moderator> [<quiet>]`,
  hup: 'hup <[member_id|all]|last|non_moderator>',
  play: 'play <file_path> [async|<member_id> [nomux]]',
};

const commands: Record<string, Command> = {
  ...Object.fromEntries(
    (['mute', 'unmute', 'deaf', 'undeaf', 'hold', 'unhold'] as const).map((how): [string, Command] => [
      how,
      toSwitch(how),
    ]),
  ),
  json_list: (conference) => JSON.stringify([listed(conference)]),
  volume_in: (conference, [whom = '', level = '0']) =>
    each(conference, whom, usage.switch('volume_in'), async (member) => {
      await conference.volume(member, Number.parseInt(level, 10) || 0);
      return `+OK Volume IN ${member.id} = ${member.volumeIn}\n`;
    }),
  energy: (conference, [whom = '', level = '']) =>
    each(conference, whom, usage.switch('energy'), (member) => {
      member.energy = Number(level);
      conference.tell('energy-level-member', member);
      return `Energy ${member.id} = ${member.energy}\n`;
    }),
  lock: (conference) => {
    conference.lock(true);
    return `+OK ${conference.name} locked\n`;
  },
  unlock: (conference) => {
    conference.lock(false);
    return `+OK ${conference.name} unlocked\n`;
  },
  hup: (conference, [whom = ''], hangUp) =>
    each(conference, whom, usage.hup, (member) => {
      conference.tell('hup-member', member);
      systemClock.after(hupMs, () => {
        conference.leave(member, null);
        hangUp(member.channel);
      });
      return `+OK hup ${member.id}\n`;
    }),
  play,
  stop: async (conference, [what = '', whom]) => {
    const member = whom === undefined ? null : memberOf(conference, whom);
    if (what !== 'all') return 'stop <[current|all|async|last]> [<member_id>]';
    if (member === undefined) return `-ERR Member: ${whom} not found.\n`;
    return `+OK Stopped ${await conference.prompts.stop(member)} files.\n`;
  },
  recording,
};

/** What `api conference ROOM ...` says. */
export async function conferenceCommand(
  conference: Conference,
  [name = '', ...words]: string[],
  hangUp: (channel: Channel) => void,
): Promise<string> {
  const command = commands[name];
  return command ? command(conference, words, hangUp) : `-ERR Conference command '${name}' not found.\n`;
}

function toSwitch(how: Switch): Command {
  return (conference, [whom = '']) =>
    each(conference, whom, usage.switch(how), async (member) => {
      await conference.switch(member, how);
      return `+OK ${how} ${member.id}\n`;
    });
}

function memberOf(conference: Conference, id: string): Member | undefined {
  return conference.members.find((member) => String(member.id) === id);
}

/** One, all (the newest first), or all but moderators; a usage line where nobody is meant. */
async function each(
  conference: Conference,
  whom: string,
  help: string,
  run: (member: Member) => Promise<string> | string,
): Promise<string> {
  const { members } = conference;
  const groups: Record<string, Member[]> = {
    all: members,
    last: members.slice(0, 1),
    non_moderator: members.filter(({ moderator }) => !moderator),
  };
  const group = groups[whom];
  if (!group) {
    if (!/^\d+$/.test(whom)) return help;
    const member = memberOf(conference, whom);
    return member ? run(member) : `-ERR Non-Existant ID ${whom}\n`;
  }
  let text = '';
  for (const member of [...group]) text += await run(member);
  return text;
}

function play(conference: Conference, [file = '', whom]: string[]): string {
  if (file === '') return usage.play;
  const to = whom === undefined || whom === 'async' ? null : memberOf(conference, whom);
  // the number that FreeSWITCH names here is a piece of its memory
  if (to === undefined) return `-ERR Member: 1476403385 not found.\n${usage.play}`;
  if (!conference.prompts.play(file, to)) return `-ERR (play) File: ${file} not found.\n`;
  return `+OK (play) Playing file ${file}${to ? ` to member ${to.id}` : ''}\n`;
}

async function recording({ recordings }: Conference, [how = '', path = '']: string[]): Promise<string> {
  if (how === 'start') {
    recordings.start(path);
    return `+OK Record file ${path}\n`;
  }
  if (!recordings.has(path)) return `-ERR non-existant recording '${path}'\n+OK Stopped recording 0 files\n`;
  if (how === 'stop') {
    await recordings.stop(path);
    return `Stopped recording file ${path}\n+OK Stopped recording 0 files\n`;
  }
  await recordings.pause(path, how === 'pause');
  return `+OK ${how === 'pause' ? 'Pause' : 'Resume'} recording file ${path}\n`;
}
