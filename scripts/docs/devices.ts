import { DEVICES } from '../../src/media/devices.js';
import type { Dialect } from '../../src/media/dialect.js';
import { table } from './sections.js';

const words: { [K in keyof Dialect]: (value: Dialect[K]) => string } = {
  silentVersion: (value) => `version ${value} over UDP until it says otherwise`,
  settleMs: (value) => `our own changes wait ${value} ms for its`,
  contentLine: (value) => (value === 'early' ? 'content line offered right after joining' : 'content line with the content'),
  floorInstead: (value) => `floor control it refuses is offered once more over ${value ?? 'nothing'}`,
};

/** What is done otherwise for which devices, as a Markdown table. */
export function deviceTable(): string {
  const rows = DEVICES.map(({ name, title, particular, does, source, fixtures }) => {
    const parts = Object.entries(does).map(([key, value]) => words[key as keyof Dialect](value as never));
    return [`${title} (\`${name}\`)`, particular, parts.join('; ') || 'the standard', fixtures.join(', '), source];
  });
  return table(['device', 'what is particular', 'what we do otherwise', 'fixtures', 'known from'], rows);
}
