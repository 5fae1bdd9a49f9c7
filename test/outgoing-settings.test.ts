import assert from 'node:assert/strict';
import { createAddressing } from '../src/base/addressing.js';
import { noDns } from '../src/base/dns.js';
import { loadConfig } from '../src/config.js';
import { readDialplan } from '../src/legs/admission/dialplan.js';
import { factsOf, planText } from './legs/admission/support.js';
import { outgoingOf, trunkContext } from '../src/outgoing-settings.js';

describe('settings of calls that go out', () => {
  const load = (file: string): ReturnType<typeof loadConfig> => loadConfig(['--config', 'c'], {}, () => file, '1');
  const configOf = (file: string) => {
    const result = load(file);
    assert.ok(result.kind === 'run', JSON.stringify(result));
    return result.config;
  };
  const trunk = 'trunks: [{name: pstn, servers: [{host: 192.0.2.20}], sources: [198.51.100.0/24]}]';
  const networks =
    'networks: [{name: office, trusted: true, addresses: [203.0.113.0/25]}, {name: lobby, addresses: [203.0.113.128/25]}]';
  const addressing = createAddressing({ bind: '127.0.0.1', external: [], lanNetworks: [], interfaces: [] });

  it('trust callers of trusted networks of the dial plan, and of trunks', () => {
    const config = configOf(`sip: {${trunk}, ${networks}}`);
    assert.deepEqual(outgoingOf(config, addressing, noDns).trusted, ['203.0.113.0/25']);
    const ours = trunkContext(config);
    const plan = (source: string): string =>
      planText({ dialled: '9(\\d+)', forward: { trunk: 'pstn', to: '$1' }, source });
    const context = { ...ours, networks: [...config.sip.networks, ...ours.networks] };
    const kinds = (source: string, from: string[]): unknown[] => {
      const { decide } = readDialplan(plan(source), context);
      return from.map((address) => {
        return decide(factsOf('sip:94930@x', { source: address }))?.kind ?? null;
      });
    };
    assert.deepEqual(kinds('office', ['203.0.113.9', '203.0.113.200', '192.0.2.1']), ['forward', null, null]);
    assert.deepEqual(kinds('pstn', ['192.0.2.20', '198.51.100.7', '203.0.113.9']), ['forward', 'forward', null]);
  });

  it('know registrations with gatekeepers as trunks and sources, where H.323 is on', () => {
    const registration = 'registrations: [{name: campus, gatekeepers: [{host: gk.example}]}]';
    const rule = planText({ source: 'campus', forward: { trunk: 'campus', to: '$0' } });
    readDialplan(rule, trunkContext(configOf(`h323: {${registration}}`)));
    const off = trunkContext(configOf(`h323: {enabled: false, ${registration}}`));
    assert.throws(() => readDialplan(rule, off), /there is no trunk campus \(sip\.trunks, h323\.registrations\)/);
    assert.match(
      JSON.stringify(load(`{h323: {${registration}}, sip: {networks: [{name: campus, addresses: [10.0.0.1]}]}}`)),
      /campus is also one of sip.networks/,
    );
  });

  it('are refused where a trunk is named like a network', () => {
    const result = load(`sip: {${trunk}, networks: [{name: pstn, addresses: [203.0.113.1]}]}`);
    assert.match(JSON.stringify(result), /pstn is also one of sip.networks/);
  });

  it('say how calls and trunks are encrypted', () => {
    const encrypted = trunk.replace('name: pstn', 'name: pstn, srtp: required, srtpBy: dtls');
    const made = (sip: string) => outgoingOf(configOf(`sip: {${sip}}`), addressing, noDns);
    assert.deepEqual([made(encrypted).trunks[0]?.keying, made(trunk).trunks[0]?.keying], ['dtls', 'none']);
    const { srtp, srtpBy } = made('dialOut: {srtp: required, srtpBy: dtls}');
    assert.deepEqual([srtp, srtpBy, made(trunk).srtp, made(trunk).srtpBy], ['required', 'dtls', 'sips', 'sdes']);
  });
});
