import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { explainPortInUse, findPortHolder, portOfError } from '../../src/base/ports-in-use.js';

describe('ports in use', () => {
  it('names the holder of a UDP port', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    try {
      assert.equal(findPortHolder('udp', port)?.pid, process.pid);
      assert.match(
        explainPortInUse('udp', port, 'sip.listen'),
        new RegExp(`^UDP port ${port} is held by .+ \\(process ${process.pid}\\)\\. End it, or change sip\\.listen`),
      );
      const other = createSocket('udp4').bind(port, '127.0.0.1');
      const [error] = (await once(other, 'error')) as [Error];
      assert.deepEqual(portOfError(error), { address: '127.0.0.1', port });
    } finally {
      socket.close();
    }
    assert.equal(findPortHolder('udp', port), null);
  });

  it('names the holder of a TCP port, not those who are connected to it', async () => {
    const server = createServer().listen(0, '::1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      assert.equal(findPortHolder('tcp', port)?.pid, process.pid);
      assert.equal(findPortHolder('udp', port), null);
    } finally {
      server.close();
    }
  });

  it('reads only errors about ports', () => {
    assert.equal(portOfError(new Error('EADDRINUSE')), null);
    assert.equal(portOfError('no'), null);
  });
});
