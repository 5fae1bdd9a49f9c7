import type { BenchResult } from './figures.js';

/** What a bench said last, when, and how busy the machine was before it ran (one-minute load average). */
export interface Entry extends BenchResult {
  date: string;
  load: number;
}

/** Where everything was measured. */
export interface Surroundings {
  machine: string;
  node: string;
  commit: string;
}

/** The figures as a Markdown document. */
export function figuresTable(entries: readonly Entry[], { machine, node, commit }: Surroundings): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const mark = (ok: boolean | null): string => (ok === null ? '' : ok ? 'ok' : '**short**');
  const lines = [
    '# Figures',
    '',
    'Written by `npm run bench`; `npm run bench -- calls idle` renews some. Each bench runs alone, against the built',
    'gateway as a process of its own where that matters. The load average is that of the minute before its start: what',
    'was measured on a busy machine is worse than the product. Judge ratios, not the last digit.',
    '',
    `Machine: ${machine}. Node ${node}. Commit ${commit}.`,
    '',
    row(['bench', 'figure', 'target', 'measured', '', 'date (UTC)', 'load before']),
    row(['---', '---', '---', '---', '---', '---', '---']),
    ...entries.flatMap(({ bench, figures, date, load }) =>
      figures.map(({ what, target, measured, ok }) =>
        row([bench, what, target, measured, mark(ok), date, load.toFixed(2)]),
      ),
    ),
  ];
  const notes = entries.flatMap(({ bench, note }) => (note === undefined ? [] : [`- ${bench}: ${note}`]));
  return `${[...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')}\n`;
}

/** What a document of `figuresTable` says, by bench. Anything else in it is passed over. */
export function readFigures(document: string): Record<string, Entry> {
  const entries: Record<string, Entry> = {};
  for (const line of document.split('\n')) {
    const note = /^- (\w+): (.+)$/.exec(line);
    const noted = note && entries[note[1] ?? ''];
    if (noted) noted.note = note[2] ?? '';
    const cells = line.startsWith('| ') ? line.slice(2, -2).split(' | ') : [];
    const [bench = '', what = '', target = '', measured = '', mark = '', date = '', load = ''] = cells;
    if (cells.length !== 7 || Number.isNaN(Number(load))) continue;
    const entry = (entries[bench] ??= { bench, figures: [], date, load: Number(load) });
    entry.figures.push({ what, target, measured, ok: mark === '' ? null : mark === 'ok' });
  }
  return entries;
}
