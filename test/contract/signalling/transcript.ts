import { readFileSync } from 'node:fs';

/** One step of a recorded conversation. Payload lines are joined by CRLF as they were on the wire. */
export type Step =
  | { kind: 'note'; at: number; text: string }
  | { kind: 'admin'; at: number; connection: string; toServer: boolean; text: string }
  | { kind: 'sip'; at: number; peer: string; toServer: boolean; text: string };

const folder = new URL('../../golden/drachtio/', import.meta.url);

/** Reads one transcript by its file name without `.txt`. */
export function readTranscript(name: string): Step[] {
  const steps: Step[] = [];
  let lines: string[] | null = null;
  const flush = (): void => {
    const last = steps.at(-1);
    if (last && last.kind !== 'note' && lines) last.text = lines.join('\r\n');
    lines = null;
  };
  for (const line of readFileSync(new URL(`${name}.txt`, folder), 'utf8').split('\n')) {
    const head = /^\s+([\d.]+) ms {2}(.*)$/.exec(line);
    if (head) {
      flush();
      steps.push(stepOf(Number(head[1]), head[2] ?? ''));
      lines = [];
    } else if (/^ {4}[|:] /.test(line)) lines?.push(line.slice(6));
  }
  flush();
  return steps;
}

function stepOf(at: number, head: string): Step {
  const admin = /^ADMIN #(\d+) app (===>|<===) drachtio/.exec(head);
  if (admin) return { kind: 'admin', at, connection: admin[1] ?? '', toServer: admin[2] === '===>', text: '' };
  const sip = /^SIP (\S+) (--->|<---)/.exec(head);
  if (sip) return { kind: 'sip', at, peer: sip[1] ?? '', toServer: sip[2] === '--->', text: '' };
  return { kind: 'note', at, text: head.replace(/^-- ?/, '') };
}
