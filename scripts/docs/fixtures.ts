import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from './sections.js';

interface Line {
  direction: string;
  receive: string[];
  send: string[];
  feedback: string[];
}
interface Expectation {
  secure: string;
  device: string | null;
  error?: { sip: number; warning?: { code: number }; why?: string };
  lines?: { audio?: Line; video?: Line; content?: Line };
  floor?: { transport: string; weAre: string } | null;
  fecc?: string;
  refused?: number[];
  answer?: string[];
  /** Of ours, where the fixture is an answer. */
  offer?: string[];
}

/** What is answered to every recorded offer and made of every recorded answer, from the expectations that the tests check, as a Markdown table. */
export function fixtureTable(root: string): string {
  const folder = join(root, 'sdp-fixtures');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.expect.json'))
    .sort();
  const rows = names.map((file) => {
    const expectation = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Expectation;
    return [file.slice(0, -'.expect.json'.length), ...cells(expectation)];
  });
  return table(['offer or answer', 'device', 'keys', 'audio', 'main', 'content', 'floor', 'camera control', 'refused lines'], rows);
}

function cells(expectation: Expectation): string[] {
  const { secure, device, error, lines = {}, floor, fecc, refused = [], answer, offer = [] } = expectation;
  const keys = secure === 'none' ? '' : secure.toUpperCase();
  if (error) {
    const why = error.warning ? `Warning ${error.warning.code}` : (error.why ?? '');
    return [device ?? '', keys, `refused with ${error.sip}, ${why}`, '', '', '', '', ''];
  }
  const heads = (answer ?? offer).filter((line) => line.startsWith('m='));
  const media = refused.map((index) => heads[index]?.split(' ')[0]?.slice(2) ?? '');
  return [
    device ?? '',
    keys,
    audioOf(lines.audio),
    videoOf(lines.video),
    videoOf(lines.content),
    floor ? `${floor.transport}, ${floor.weAre}` : '',
    fecc === undefined ? '' : 'H.224',
    media.join(', '),
  ];
}

function audioOf(line: Line | undefined): string {
  if (!line) return '';
  const [codec = ''] = line.send.concat(line.receive).map((text) => text.split(' ')[1] ?? '');
  return `${codec}${way(line)}`;
}

/** `H264 428020 mode 0 fs ...`, behind the payload number. */
function videoOf(line: Line | undefined): string {
  if (!line) return '';
  const modes = line.receive.concat(line.receive.length > 0 ? [] : line.send).map((text) => {
    const [, name = '', profile = '', , mode = ''] = text.split(' ');
    return { name, profile, mode };
  });
  const names = [...new Set(modes.map(({ name, profile }) => `${name} ${profile}`))];
  const numbers = [...new Set(modes.map(({ mode }) => mode))];
  return `${names.join(', ')}, mode ${numbers.join(' and ')}${way(line)}`;
}

function way({ direction }: Line): string {
  return direction === 'sendrecv' ? '' : ` (${direction})`;
}
