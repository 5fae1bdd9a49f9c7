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
