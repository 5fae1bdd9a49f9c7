import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { loadConfig, type Config, type ConfigResult } from '../src/config.js';

function load(argv: string[], file = '', env: Record<string, string> = {}): ConfigResult {
  const words = file === '' ? argv : [...argv, '--config', 'c.yaml'];
  const read = (path: string): string => {
    if (path !== 'c.yaml') throw new Error('no such file');
    return file;
  };
  return loadConfig(words, env, read, '1.2.3');
}

function config(argv: string[], file = '', env: Record<string, string> = {}): Config {
  const result = load(argv, file, env);
  assert.equal(result.kind, 'run', JSON.stringify(result));
  return (result as { config: Config }).config;
}

function errors(argv: string[], file = ''): string[] {
  const result = load(argv, file);
  assert.equal(result.kind, 'errors', JSON.stringify(result));
  return (result as { errors: string[] }).errors;
}

describe('the configuration', () => {
  it('says how requests leave', () => {
    const { sip } = config([]);
    assert.deepEqual([sip.outboundProxy, sip.udpMtu], [undefined, 65_507]);
    assert.deepEqual(sip.dns, {
      servers: [],
      timeoutSeconds: 5,
      cacheEntries: 10_000,
      maxSeconds: 3600,
      negativeSeconds: 30,
    });
    const file =
      'sip:\n  outboundProxy: sip:192.0.2.7;lr\n  dns: {servers: ["192.0.2.53", "[2001:db8::53]:5353", "192.0.2.53:5300"]}\n';
    assert.equal(config([], file).sip.outboundProxy, 'sip:192.0.2.7;lr');
    assert.equal(config([], file).sip.dns.servers.length, 3);
    assert.match(
      errors([], 'sip:\n  outboundProxy: pbx\n')[0] ?? '',
      /^sip\.outboundProxy \(line 2\): expected a SIP URI/,
    );
    assert.match(errors([], 'sip: {udpMtu: 70000}')[0] ?? '', /^sip\.udpMtu/);
    assert.match(
      errors([], 'sip: {dns: {servers: [ns.example]}}')[0] ?? '',
      /^sip\.dns\.servers\.0.*expected an IP address/,
    );
  });

  it('has the documented defaults', () => {
    const { sip, media, rooms, web, bind, autoPorts, dataDir } = config([]);
    assert.deepEqual(
      sip.listen.map(({ transport, address, port }) => `${transport} ${address}:${port}`),
      ['udp 0.0.0.0:5060', 'tcp 0.0.0.0:5060', 'tls 0.0.0.0:5061'],
    );
    assert.deepEqual([sip.engine, sip.controlPort], [{ kind: 'embedded' }, 9022]);
    assert.deepEqual(media.ports, { from: 20000, to: 26999 });
    assert.deepEqual(media.rtpengine, { kind: 'embedded', program: 'rtpengine', ports: { from: 27000, to: 29999 } });
    assert.deepEqual(rooms.floor, { policy: 'latest-takes-over' });
    assert.deepEqual(web.http, { address: '127.0.0.1', port: 8080 });
    assert.deepEqual(web.https, { address: '0.0.0.0', port: 8443 });
    assert.deepEqual([bind, autoPorts, dataDir], [null, false, 'var']);
  });

  it('says where and how SIP is listened for', () => {
    const { sip } = config([]);
    assert.deepEqual(sip.limits, {
      connections: 4000,
      connectionsPerSource: 500,
      messageBytes: 65_536,
      queuedBytes: 1_048_576,
      idleSeconds: 600,
      silentSeconds: 60,
      handshakeSeconds: 10,
    });
    assert.deepEqual([sip.tls.minVersion, sip.tls.verify, sip.tls.wildcards], ['1.2', true, false]);
    assert.equal(sip.keepAliveSeconds, 100);
    const listen = (...entries: string[]): string =>
      `sip:\n  listen:\n${entries.map((one) => `    - {${one}}\n`).join('')}`;
    const full = listen(
      "transport: udp, port: 5060, address: '::'",
      'transport: udp, port: 5060, name: provider, advertise: 203.0.113.9',
      'transport: tls, port: 5061, cert: a, key: b, sni: [{names: ["*.x.org"], cert: c, key: d}], clientCertificates: optional, clientCa: e',
      'transport: wss, port: 7443, origins: ["https://a.example"]',
    );
    assert.equal(config([], full).sip.listen.length, 4);
    const bound = config(['--bind', '127.0.0.1'], full).sip.listen;
    assert.deepEqual(
      bound.map(({ transport, address, advertise }) => [transport, address, advertise]),
      [
        ['udp', '127.0.0.1', undefined],
        ['tls', '127.0.0.1', undefined],
        ['wss', '127.0.0.1', undefined],
      ],
    );
    const faults: [string, RegExp][] = [
      ['transport: udp, port: 1, clientCertificates: required', /clientCertificates.*only tls and wss/],
      ['transport: tcp, port: 1, cert: a, key: b', /cert \(line 3\): only tls and wss/],
      ['transport: tls, port: 1, cert: a', /cert.*cert and key go together/],
      ['transport: tls, port: 1, clientCertificates: required', /clientCa must say who vouches/],
      ['transport: tls, port: 1, clientCa: x', /callers are asked for a certificate only with/],
      ['transport: tls, port: 1, origins: [a]', /origins.*only ws and wss/],
      ['transport: udp, port: 1, advertise: 0.0.0.0', /advertise.*no address that a peer can reach/],
      ["transport: udp, port: 1, advertise: '2001:db8::1'", /advertise.*same family/],
      ["transport: udp, port: 1, address: '::', advertise: 'fe80::1'", /advertise.*link-local/],
      ['transport: ws, port: 1, name: "a b"', /name.*expected 1 to 64/],
    ];
    for (const [entry, pattern] of faults) assert.match(errors([], listen(entry)).join('\n'), pattern, entry);
    assert.match(errors([], 'sip: {tls: {cert: a}}').join(), /sip\.tls\.cert.*cert and key go together/);
  });

  it('names path and line of what is wrong', () => {
    const file =
      'rooms:\n  capacity: 5\n  floor:\n    policy: loudest\nsip:\n  listen:\n    - transport: udp\n      port: five\n';
    assert.deepEqual(errors([], file), [
      'sip.listen.0.port (line 8): expected number',
      'rooms.floor.policy (line 4): expected one of latest-takes-over, first-keeps-it, ask-moderator, presenters-only',
    ]);
    assert.deepEqual(errors([], 'rooms:\n  capacty: 5\n'), ['rooms.capacty (line 2): this key does not exist']);
    assert.deepEqual(errors([], 'rooms: 5\n'), ['rooms (line 1): expected object']);
    assert.match(errors([], 'rooms: [\n')[0] ?? '', /^c\.yaml: \(line 2\): /);
    assert.deepEqual(errors([], '- 1\n'), ['configuration: expected keys and values']);
    assert.deepEqual(errors(['--config', 'gone.yaml']), ['cannot read gone.yaml: no such file']);
    assert.deepEqual(errors(['--sip-port', 'x']), ['--sip-port: expected a port number, 0 to 65534']);
    assert.deepEqual(errors([], 'media: {rtpengine: loud}'), [
      'media.rtpengine.kind (line 1): expected one of embedded, external, off',
    ]);
    assert.deepEqual(errors([], 'sip: {engine: {host: h}}'), [
      'sip.engine.secretEnv: the environment variable DRACHTIO_SECRET is not set',
    ]);
  });

  it('finds contradictions', () => {
    assert.match(
      errors(['--sip-port', '8442'])[0] ?? '',
      /web\.https\.port: tcp port 8443 is also asked for by sip\.listen\.2/,
    );
    assert.match(
      errors([], 'media:\n  ports: {from: 26000, to: 27500}\n')[0] ?? '',
      /^media\.rtpengine\.ports \(line 1\)|^media/,
    );
    assert.match(errors(['--cert', 'a.pem'])[0] ?? '', /web\.cert: cert and key go together/);
    assert.match(errors(['--external-address', '0.0.0.0'])[0] ?? '', /no address that a peer can reach/);
    assert.match(
      errors([], 'web:\n  http:\n    address: 192.0.2.1\n')[0] ?? '',
      /web\.http\.address \(line 3\): unencrypted/,
    );
    assert.match(errors([], 'media: {ports: {from: 20000, to: 20001}}')[0] ?? '', /too few/);
    assert.match(errors([], 'media: {lanNetworks: [10.0.0.0/33]}')[0] ?? '', /media\.lanNetworks\.0 \(line 1\)/);
    assert.match(errors([], 'rooms: {permanent: [{name: a}, {name: a}]}')[0] ?? '', /described twice/);
    const network = (text: string): string => errors([], `sip: {networks: [${text}]}`)[0] ?? '';
    assert.match(
      network('{name: a, addresses: [10.0.0.0/33]}'),
      /sip\.networks\.0\.addresses\.0 .*expected an address/,
    );
    assert.match(network('{name: a, addresses: [10.0.0.1]}, {name: a, addresses: [10.0.0.2]}'), /described twice/);
    assert.match(
      network("{name: a, addresses: ['::/0'], trusted: true}"),
      /sip\.networks\.0\.trusted .*cannot be trusted/,
    );
    const pins = "rooms: {permanent: [{name: a, pin: '1234', moderatorPin: '1234'}]}";
    assert.match(errors([], pins)[0] ?? '', /rooms\.permanent\.0\.moderatorPin .*also the PIN/);
  });

  it('lets the command line win over the file', () => {
    const file = 'sip:\n  listen: [{transport: udp, port: 5070}]\nweb:\n  https: {port: 9443}\n';
    const { sip, web } = config(['--sip-port', '5080', '--http-port', '8081'], file);
    assert.deepEqual(
      sip.listen.map((at) => at.port),
      [5080, 5080, 5081],
    );
    assert.deepEqual([web.http?.port, web.https?.port], [8081, 9443]);
  });

  it('knows when H.323 and others want the same port', () => {
    const taken = 'h323: {listen: [{port: 5060}]}';
    assert.match(errors([], taken)[0] ?? '', /^h323\.listen\.0.*tcp port 5060 is also asked for by sip\.listen/);
    const shared = 'h323: {enabled: true, nat: {multiplexPort: 20001}}';
    assert.match(errors([], shared)[0] ?? '', /ports 20000-26999 is also asked for by h323\.nat\.multiplexPort/);
    assert.match(errors([], 'h323: {h245Ports: {from: 19000, to: 19001}}')[0] ?? '', /too few/);
    assert.match(errors([], 'h323: {bareCalls: "Not A Room"}')[0] ?? '', /name of a room/);
    const beside = (address: string): string => `h323: {gatekeeper: {neighbours: [{address: '${address}'}]}}`;
    for (const right of ['192.0.2.7', '192.0.2.7:1719', '2001:db8::7', '[2001:db8::7]:1720'])
      assert.equal(config([], beside(right)).h323.gatekeeper.neighbours[0]?.address, right);
    for (const wrong of ['gk.example.org', '192.0.2.7:0', '192.0.2.7:70000', '[192.0.2.7]:1719', ''])
      assert.match(errors([], beside(wrong))[0] ?? '', /^h323\.gatekeeper\.neighbours\.0\.address.*an IP address/);
    const beyond = (text: string): string => errors([], `h323: {gatekeeper: {${text}}}`)[0] ?? '';
    const twice = "[{name: a, address: '192.0.2.7'}, {name: a, address: '192.0.2.8'}]";
    assert.match(beyond(`neighbours: ${twice}`), /^h323\.gatekeeper\.neighbours\.1\.name .*name of another one/);
    assert.match(beyond("enabled: false, neighbours: [{address: '192.0.2.7'}]"), /neighbours .*enabled is false/);
    const told = (address: string): string => `h323: {listen: [{advertise: '${address}'}]}`;
    assert.match(errors([], told('::'))[0] ?? '', /^h323\.listen\.0\.advertise.*no address that a peer can reach/);
    assert.match(errors([], told('2001:db8::1'))[0] ?? '', /same family/);
    assert.deepEqual(config([], told('203.0.113.9')).h323.listen, [
      { address: '0.0.0.0', port: 1720, advertise: '203.0.113.9' },
    ]);
    assert.deepEqual(config(['--bind', '127.0.0.1'], told('203.0.113.9')).h323.listen, [
      { address: '127.0.0.1', port: 1720 },
    ]);
  });

  it('binds everywhere and picks free ports when told so', () => {
    const { sip, media, web, h323, bind, autoPorts } = config(['--bind', '127.0.0.1', '--ports', 'auto']);
    assert.deepEqual([h323.listen, h323.h245Ports], [[{ address: '127.0.0.1', port: 0 }], null]);
    const { nat } = config(['--ports', 'auto'], 'h323: {nat: {multiplexPort: 2776}}').h323;
    assert.deepEqual(
      [h323.nat, nat],
      [
        { traversal: true, multiplexPort: null },
        { traversal: true, multiplexPort: 0 },
      ],
    );
    assert.ok(sip.listen.every((at) => at.address === '127.0.0.1' && at.port === 0));
    assert.deepEqual([sip.controlPort, media.ports, web.https?.port, web.https?.address], [0, null, 0, '127.0.0.1']);
    assert.deepEqual([bind, autoPorts], ['127.0.0.1', true]);
    assert.match(errors(['--bind', 'localhost'])[0] ?? '', /--bind/);
    assert.match(errors(['--bind', '0.0.0.0'])[0] ?? '', /--bind/);
    assert.match(errors(['--ports', '1'])[0] ?? '', /--ports/);
  });

  it('knows words for whole sections', () => {
    const env = { DRACHTIO_SECRET: 's' };
    const drachtio = config([], 'sip: {engine: {host: sip.example.org}}', env);
    assert.deepEqual(drachtio.sip.engine, {
      kind: 'drachtio',
      host: 'sip.example.org',
      port: 9022,
      secretEnv: 'DRACHTIO_SECRET',
    });
    assert.equal(drachtio.drachtioSecret, 's');
    assert.match(errors([], 'sip: {engine: {host: sip.example.org}}')[0] ?? '', /secretEnv/);
    const engine = (ws: string): string =>
      `sip: {engine: {host: h, ws: "${ws}"}, listen: [{transport: tcp, port: 8080}]}`;
    const { sip } = config([], engine('wss://192.0.2.9:8088/'), env);
    assert.equal(sip.engine.kind === 'drachtio' && sip.engine.ws, 'wss://192.0.2.9:8088/');
    assert.match(errors([], engine('http://192.0.2.9'))[0] ?? '', /sip\.engine\.ws.*WebSocket/);
    assert.deepEqual(config([], 'media: {rtpengine: off}').media.rtpengine, { kind: 'off' });
    assert.deepEqual(config(['--rtpengine', '127.0.0.1:2223']).media.rtpengine, {
      kind: 'external',
      host: '127.0.0.1',
      port: 2223,
    });
    assert.match(errors(['--rtpengine', 'none'])[0] ?? '', /media\.rtpengine.*expected/);
    assert.deepEqual(config(['--external-address', '203.0.113.9']).media.externalAddress, [{ wan: '203.0.113.9' }]);
  });

  it('takes users with a password or with hashes, and says what is wrong with them', () => {
    const hash = 'AB'.repeat(32);
    const { sip } = config(
      [],
      `sip: {domains: [Example.COM], users: [{name: alice, password: "x y"}, {name: "1001", ha1Sha256: ${hash}, aliases: [bob]}]}`,
    );
    assert.deepEqual(sip.domains, ['example.com']);
    assert.equal(sip.users[1]?.ha1Sha256, hash.toLowerCase());
    assert.deepEqual(sip.users[0]?.aliases, []);
    assert.deepEqual(config([]).sip.registrar.algorithms, ['SHA-256', 'MD5']);
    const wrong = errors(
      [],
      'sip: {users: [{name: alice}, {name: bob, password: p, aliases: [alice]}, {name: carol, password: p, ha1Md5: "00000000000000000000000000000000"}]}',
    );
    assert.match(wrong[0] ?? '', /^sip\.users\.0 .*expected password or one of ha1/);
    assert.match(wrong[1] ?? '', /^sip\.users\.1 .*alice belongs to another user/);
    assert.match(wrong[2] ?? '', /^sip\.users\.2 .*exclude each other/);
    assert.match(errors([], 'sip: {users: [{name: "a b", password: p}]}')[0] ?? '', /expected 1 to 64 of/);
    assert.match(errors([], 'sip: {registrar: {leastSeconds: 900}}')[0] ?? '', /leastSeconds <= usualSeconds/);
  });

  it('prints no password', () => {
    const file =
      'sip: {users: [{name: alice, password: wonderland}, {name: bob, ha1Md5: "0123456789abcdef0123456789abcdef"}]}';
    const printed = load(['--print-config'], file);
    const text = printed.kind === 'print' ? printed.text : '';
    assert.match(text, /name: alice/);
    assert.doesNotMatch(text, /wonderland|0123456789abcdef/);
    assert.match(
      errors([], text)[0] ?? '',
      /sip\.users\.0\.password/,
      'and is no configuration in which anybody may enter',
    );
  });

  it('prints itself without secrets, so that it can be read again', () => {
    const file = 'rooms: {permanent: [{name: board, pin: "1234"}]}';
    const printed = load(['--print-config', '--sip-port', '5080'], file);
    assert.equal(printed.kind, 'print');
    const text = printed.kind === 'print' ? printed.text : '';
    const again = config([], text);
    assert.deepEqual(
      again.sip.listen.map((at) => at.port),
      [5080, 5080, 5081],
    );
    assert.equal((parse(text) as Config).rooms.permanent[0]?.name, 'board');
  });

  it('helps', () => {
    assert.match((load(['--help']) as { text: string }).text, /--bind ADDRESS/);
    assert.equal((load(['--version']) as { text: string }).text, 'dualstream 1.2.3');
    assert.match(errors(['--bnd', 'x'])[0] ?? '', /--bnd.*--help/s);
    assert.match(errors(['stray'])[0] ?? '', /stray/);
  });
});
