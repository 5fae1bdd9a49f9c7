import { create as createQr } from 'qrcode';

/** What a person should see when the gateway runs. */
export interface BannerFacts {
  version: string;
  /** SIP addresses of the demo room, the nearest first. */
  sipUris: readonly string[];
  /** The page for this machine, or null. */
  localPage: string | null;
  /** Pages for others, the best first. */
  pages: readonly string[];
  /** SHA-256 of the certificate, `AA:BB:...`; null without HTTPS. */
  fingerprint: string | null;
  /** Whether the certificate is signed by itself. */
  selfSigned: boolean;
  /** One-time link that makes whoever opens it an administrator, or null. */
  adminLink: string | null;
  /** Ports that peers must be able to reach; empty where only loopback is used. */
  firewall: readonly FirewallRule[];
  /** Each engine with where it runs, e.g. `SIP: embedded`, `rtpengine: external at 192.0.2.9:2223`. */
  engines: readonly string[];
  /** What does not work, and why. */
  warnings: readonly string[];
  /** How wide the terminal is; below 60 the QR code is left out. */
  columns: number;
}

/** Ports to be let in. */
export interface FirewallRule {
  protocol: 'udp' | 'tcp';
  from: number;
  to: number;
  what: string;
}

/** The text that `npm start` ends with. Pure. */
export function banner(facts: BannerFacts): string {
  const [page] = facts.pages;
  const elsewhere = facts.pages.some((one) => !/^https:\/\/(127\.|\[::1\])/.test(one));
  const parts = [
    `Dualstream ${facts.version} is ready.`,
    ...section('Call with a room system or a softphone', facts.sipUris),
    ...section('Open in a browser on this machine', facts.localPage === null ? [] : [facts.localPage]),
    ...section(elsewhere ? 'Open in a browser elsewhere' : 'The same by HTTPS', facts.pages),
    ...section('Administrator (works once)', facts.adminLink === null ? [] : [facts.adminLink]),
    ...section(certificateTitle(facts), facts.fingerprint === null ? [] : inTwo(facts.fingerprint)),
    ...(page !== undefined && elsewhere && facts.columns >= 60 ? ['', qrCode(page)] : []),
    ...section('Engines', facts.engines),
    ...section('Let in by the firewall', ruleLines(facts.firewall)),
    ...section('Not possible at the moment', facts.warnings),
    '',
    'Ctrl-C ends every call and the gateway.',
  ];
  return `${parts.join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)];
}

function certificateTitle({ selfSigned }: BannerFacts): string {
  return selfSigned
    ? 'Certificate (self-signed: the browser warns once; SHA-256 fingerprint to compare)'
    : 'Certificate, SHA-256 fingerprint';
}

function inTwo(fingerprint: string): string[] {
  const half = Math.ceil((fingerprint.length + 1) / 2);
  return fingerprint.length <= 64 ? [fingerprint] : [fingerprint.slice(0, half), fingerprint.slice(half)];
}

/** One line per rule, ports of one purpose side by side. */
function ruleLines(rules: readonly FirewallRule[]): string[] {
  return rules.map(({ protocol, from, to, what }) => {
    const ports = from === to ? String(from) : `${from}-${to}`;
    return `${protocol} ${ports.padEnd(11)} ${what}`;
  });
}

/** Two modules a character, dark on light whatever the terminal's colours, with a quiet zone of two modules. */
function qrCode(text: string): string {
  const { modules } = createQr(text, { errorCorrectionLevel: 'L' });
  const quiet = 2;
  const dark = (row: number, column: number): boolean =>
    row >= 0 && column >= 0 && row < modules.size && column < modules.size && modules.get(row, column) !== 0;
  const lines: string[] = [];
  for (let row = -quiet; row < modules.size + quiet; row += 2) {
    let line = '  ';
    for (let column = -quiet; column < modules.size + quiet; column++) {
      line += blocks[(dark(row, column) ? 0 : 1) + (dark(row + 1, column) ? 0 : 2)];
    }
    lines.push(line);
  }
  return lines.join('\n');
}

/** Light modules are drawn: neither, upper, lower, both. */
const blocks = [' ', '▀', '▄', '█'];
