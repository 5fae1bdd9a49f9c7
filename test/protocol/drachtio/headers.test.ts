import assert from 'node:assert/strict';
import { localise } from '../../../src/protocol/drachtio/headers.js';
import type { Flow, TransportName } from '../../../src/protocol/sip/flow.js';

describe('`@localhost` in headers of an application', () => {
  const by = (transport: TransportName, name: string, value: string): string =>
    localise(name, value, { transport, advertised: { address: '192.0.2.1', port: 5060 } } as Flow);

  it('is our address, with the transport where peers come back by it', () => {
    const focus = '<sip:demo@localhost>;isfocus';
    assert.equal(by('udp', 'Contact', focus), '<sip:demo@192.0.2.1:5060>;isfocus');
    assert.equal(by('tcp', 'Contact', focus), '<sip:demo@192.0.2.1:5060;transport=tcp>;isfocus');
    assert.equal(by('tls', 'm', focus), '<sip:demo@192.0.2.1:5060;transport=tls>;isfocus');
    const said = '<sip:demo@localhost;transport=tcp>;isfocus';
    assert.equal(by('tcp', 'Contact', said), '<sip:demo@192.0.2.1:5060;transport=tcp>;isfocus');
    assert.equal(by('tcp', 'Contact', 'sip:demo@localhost;isfocus'), 'sip:demo@192.0.2.1:5060;isfocus');
    assert.equal(by('tcp', 'From', '<sip:demo@localhost>;tag=a'), '<sip:demo@192.0.2.1:5060>;tag=a');
  });
});
