import assert from 'node:assert/strict';
import { announcement, explainStartError, type Started } from '../src/announcement.js';
import { createAddressing, type Addressing } from '../src/base/addressing.js';
import { loadConfig, type Config } from '../src/config.js';
import { readHostports, webSocketOf } from '../src/legs/sip/hostports.js';

function configured(...argv: string[]): Config {
  const result = loadConfig(argv, {}, () => '', '1.2.3');
  assert.equal(result.kind, 'run');
  return (result as { config: Config }).config;
}

function addressing(...addresses: string[]): Addressing {
  const interfaces = addresses.map((address, n) => ({
    name: `e${n}`,
    address,
    cidr: `${address}/24`,
    internal: false,
  }));
  return createAddressing({ bind: null, external: [], lanNetworks: [], interfaces });
}

const everywhere = (transport: string, port: number) => ({ transport, local: { address: '0.0.0.0', port } });
const started: Started = {
  version: '1.2.3',
  sip: [everywhere('udp', 5060), everywhere('tcp', 5060), everywhere('tls', 5061)],
  h323: [],
  h323Devices: [],
  h323Problem: null,
  http: { address: '127.0.0.1', port: 8080 },
  https: { address: '0.0.0.0', port: 8443 },
  certificateProblems: [],
  certificate: { fingerprint: 'AA:BB', own: false },
  adminPath: '/admin?key=once',
  rtpengineProblem: null,
  storeProblem: null,
  webBuilt: true,
  columns: 80,
};

describe('the announcement', () => {
  it('gives addresses to dial and pages to open', () => {
    const facts = announcement(configured(), addressing('192.0.2.5', '2001:db8::5'), started);
    assert.deepEqual(facts.sipUris, ['sip:demo@192.0.2.5', 'sip:demo@[2001:db8::5]']);
    assert.deepEqual(facts.pages, ['https://192.0.2.5:8443', 'https://[2001:db8::5]:8443']);
    assert.deepEqual(
      [facts.localPage, facts.adminLink],
      ['http://localhost:8080', 'http://localhost:8080/admin?key=once'],
    );
    assert.deepEqual([facts.fingerprint, facts.selfSigned, facts.warnings], ['AA:BB', true, []]);
  });

  it('tells where H.323 is taken, what it needs, and why it is not', () => {
    const h323 = [
      { address: '0.0.0.0', port: 1720 },
      { address: '192.0.2.5', port: 1721 },
    ];
    const facts = announcement(configured(), addressing('192.0.2.5'), { ...started, h323, h323Problem: 'taken' });
    assert.deepEqual(facts.sipUris.slice(1), ['h323:demo@192.0.2.5', 'h323:demo@192.0.2.5:1721']);
    const rules = facts.firewall.filter(({ what }) => what.startsWith('H.323'));
    assert.deepEqual(
      rules.map(({ protocol, from, to }) => `${protocol} ${from}-${to}`),
      ['tcp 1720-1720', 'tcp 1721-1721', 'tcp 19000-19999'],
    );
    assert.deepEqual(facts.warnings, ['calls by H.323: taken']);
  });

  it('tells unusual ports and transports', () => {
    const sip = [{ transport: 'tcp', local: { address: '192.0.2.7', port: 5070 } }];
    const facts = announcement(configured(), addressing('192.0.2.5'), { ...started, sip });
    assert.deepEqual(facts.sipUris, ['sip:demo@192.0.2.7:5070;transport=tcp']);
  });

  it('tells where a drachtio-server takes calls, and whether browsers reach it', () => {
    const config = (ws: string): Config => {
      const file = `sip: {engine: {host: 192.0.2.9${ws}}}`;
      const result = loadConfig(['--config', 'x'], { DRACHTIO_SECRET: 's' }, () => file, '1.2.3');
      return (result as { config: Config }).config;
    };
    const listening = readHostports('udp/192.0.2.9:5060,udp/[2001:db8::9]:5062,tcp/192.0.2.9:5060,ws/192.0.2.9:8088');
    const from = addressing('192.0.2.5');
    const facts = announcement(config(''), from, { ...started, sip: listening });
    assert.deepEqual(facts.sipUris, ['sip:demo@192.0.2.9', 'sip:demo@[2001:db8::9]:5062']);
    assert.ok(facts.firewall.every(({ what }) => !what.startsWith('SIP')));
    assert.ok(facts.engines.includes('signalling: drachtio-server at 192.0.2.9:9022'));
    assert.deepEqual([webSocketOf(listening), facts.warnings], ['ws://192.0.2.9:8088', []]);
    assert.match(announcement(config(''), from, started).warnings.join(), /sip\.engine\.ws/);
    const other = config(', ws: "wss://sip.example.org"');
    assert.deepEqual(announcement(other, from, started).warnings, []);
  });

  it('lists what this configuration needs from the firewall, and nothing on loopback', () => {
    const rules = announcement(configured(), addressing('192.0.2.5'), started).firewall;
    assert.deepEqual(
      rules.map(({ protocol, from, to }) => `${protocol} ${from}-${to}`),
      [
        'udp 5060-5060',
        'tcp 5060-5060',
        'tcp 5061-5061',
        'tcp 8443-8443',
        'udp 20000-26999',
        'tcp 20000-26999',
        'udp 27000-29999',
      ],
    );
    assert.deepEqual(announcement(configured(), addressing('127.0.0.1'), started).firewall, []);
  });

  it('says what is not possible and which engines run', () => {
    const facts = announcement(configured('--rtpengine', 'off'), addressing('192.0.2.5'), {
      ...started,
      rtpengineProblem: 'it is not installed',
      webBuilt: false,
      https: null,
    });
    assert.equal(facts.warnings.length, 3);
    assert.match(facts.warnings[0] ?? '', /it is not installed/);
    assert.deepEqual(facts.engines.slice(-1), ['encrypted media: none']);
  });

  it('names the setting of a port that is taken', () => {
    const error = (port: number, syscall: string): Error =>
      Object.assign(new Error('in use'), { code: 'EADDRINUSE', port, syscall, address: '0.0.0.0' });
    const config = configured('--sip-port', '45060', '--https-port', '45443');
    assert.match(explainStartError(error(45060, 'bind'), config), /^UDP port 45060 .*sip\.listen\.0\.port/);
    assert.match(explainStartError(error(45061, 'listen'), config), /^TCP port 45061 .*sip\.listen\.2\.port/);
    assert.match(explainStartError(error(45443, 'listen'), config), /web\.https\.port \(--https-port\)/);
    assert.match(explainStartError(error(9022, 'listen'), config), /sip\.controlPort/);
    assert.equal(explainStartError(new Error('other'), config), 'other');
    const low = Object.assign(error(443, 'listen'), { code: 'EACCES' });
    const privileged = explainStartError(low, configured('--https-port', '443'));
    assert.match(privileged, /^TCP port 443 is for root only\. Change web\.https\.port/);
    const away = Object.assign(error(5060, 'bind'), { code: 'EADDRNOTAVAIL', address: '192.0.2.99' });
    assert.match(explainStartError(away, config), /^192\.0\.2\.99 is no address of this machine/);
  });
});
