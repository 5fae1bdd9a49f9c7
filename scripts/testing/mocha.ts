import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';

/** What came of one mocha process. */
export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** Each failure as people read it: full title, then what was thrown. */
  failures: string[];
  /** Titles of skipped tests. */
  skips: string[];
}

/** How to run one mocha process. */
export interface MochaRun {
  files: string[];
  /** Where mocha puts its JSON report. */
  report: string;
  parallel: boolean;
  timeoutMs: number;
  processMs: number;
  /** Words put before the command, e.g. those that enter a network namespace. */
  inside: string[];
  grep?: string;
}

interface JsonTest {
  fullTitle: string;
  err: { message?: string; stack?: string };
}
interface JsonReport {
  stats: { passes: number; failures: number; pending: number };
  failures: JsonTest[];
  pending: JsonTest[];
}

/**
 * Words that run a command in a network namespace of its own with only loopback, and in a process namespace so that
 * nothing it started outlives it; none where that is not permitted.
 */
export function namespaceWords(): string[] {
  const enter = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  for (const words of [
    ['unshare', '-npf', '--mount-proc', '--kill-child', '--'],
    ['unshare', '-rnpf', '--mount-proc', '--kill-child', '--'],
    ['unshare', '-n', '--'],
    ['unshare', '-rn', '--'],
  ]) {
    const [program, ...rest] = [...words, ...enter, 'true'];
    if (program && spawnSync(program, rest, { stdio: 'ignore' }).status === 0) return [...words, ...enter];
  }
  return [];
}

/** Runs mocha over the files and reads its report; a process without a report counts as one failure. */
export async function runMocha(run: MochaRun): Promise<Outcome> {
  mkdirSync(dirname(run.report), { recursive: true });
  rmSync(run.report, { force: true });
  const words = [...run.inside, process.execPath, ...mochaWords(run)];
  const [program = process.execPath, ...rest] = words;
  const ended = await runProcess(program, rest, run.processMs);
  try {
    return readReport(readFileSync(run.report, 'utf8'));
  } catch {
    const failure = `${run.files.join(' ').slice(0, 200)}\n  mocha ended without a report (${ended})`;
    return { passed: 0, failed: 1, skipped: 0, failures: [failure], skips: [] };
  }
}

function mochaWords(run: MochaRun): string[] {
  const words = ['--import', 'tsx', 'node_modules/mocha/bin/mocha.js', '--no-config', '--no-package', '--exit'];
  words.push('--extension', 'ts', '--timeout', String(run.timeoutMs));
  words.push('--reporter', 'json', '--reporter-option', `output=${run.report}`);
  if (run.parallel) words.push('--parallel', '--jobs', String(Math.max(2, cpus().length - 1)));
  if (run.grep !== undefined) words.push('--grep', run.grep);
  return [...words, ...run.files];
}

function runProcess(program: string, words: string[], limitMs: number): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'inherit'] });
    let late = false;
    const limit = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs);
    const end = (how: string): void => {
      clearTimeout(limit);
      resolve(late ? `it was stopped after ${limitMs / 1000} s` : how);
    };
    child.on('error', (error) => end(error.message));
    child.on('close', (code, signal) => end(signal ?? `exit code ${code}`));
  });
}

function readReport(text: string): Outcome {
  const report = JSON.parse(text) as JsonReport;
  return {
    passed: report.stats.passes,
    failed: report.failures.length,
    skipped: report.stats.pending,
    failures: report.failures.map(({ fullTitle, err }) => `${fullTitle}\n${indent(err.stack ?? err.message ?? '')}`),
    skips: report.pending.map(({ fullTitle }) => fullTitle),
  };
}

function indent(text: string): string {
  return text
    .split('\n')
    .slice(0, 20)
    .map((line) => `    ${line}`)
    .join('\n');
}
