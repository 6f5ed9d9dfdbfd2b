/** A stand-in for Mozilla's push server: browsers register over a WebSocket, and get what is posted to their endpoints. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

interface FromBrowser {
  messageType: string;
  channelID?: string;
}

export async function startMozillaPush() {
  const channels = new Map<string, string>();
  const sockets = new Set<Duplex>();
  let base = '';
  const tell = (message: object) => sockets.forEach((socket) => socket.write(frameOf(JSON.stringify(message))));
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const channelID = channels.get(request.url!);
      if (channelID === undefined) return response.writeHead(410).end();
      const data = Buffer.concat(parts).toString('base64url');
      const headers = { encoding: request.headers['content-encoding'] };
      tell({ messageType: 'notification', channelID, version: randomUUID(), ttl: 60, data, headers });
      response.writeHead(201).end();
    });
  });

  function hear({ messageType, channelID }: FromBrowser): void {
    if (messageType === 'hello')
      tell({ messageType, uaid: randomUUID().replaceAll('-', ''), status: 200, use_webpush: true, broadcasts: {} });
    if (messageType === 'register') {
      const path = `/wpush/${randomUUID()}`;
      channels.set(path, channelID!);
      tell({ messageType, channelID, status: 200, pushEndpoint: base + path });
    }
    if (messageType === 'unregister') tell({ messageType, channelID, status: 200 });
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const protocol = request.headers['sec-websocket-protocol']?.split(',')[0];
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    lines.push(`Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`);
    if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    sockets.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', () => sockets.delete(socket)).on('close', () => sockets.delete(socket));
    socket.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (let frame = readFrame(rest); frame; frame = readFrame(rest)) {
        rest = rest.subarray(frame.length);
        if (frame.kind === 1) hear(JSON.parse(frame.text) as FromBrowser);
        if (frame.kind === 8) socket.end();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  return {
    url: `ws://127.0.0.1:${port}/`,
    close: () => (sockets.forEach((socket) => socket.destroy()), server.closeAllConnections(), server.close()),
  };
}

function frameOf(text: string): Buffer {
  const body = Buffer.from(text);
  if (body.length < 126) return Buffer.concat([Buffer.from([0x81, body.length]), body]);
  const head = Buffer.from([0x81, 126, 0, 0]);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

/** Of a client, so it is masked. Null where it has not come whole. */
function readFrame(data: Buffer): { kind: number; text: string; length: number } | null {
  if (data.length < 4) return null;
  const short = data[1]! & 127;
  const [size, start] = short === 126 ? [data.readUInt16BE(2), 4] : [short, 2];
  const length = start + 4 + size;
  if (data.length < length) return null;
  const mask = data.subarray(start, start + 4);
  const body = data.subarray(start + 4, length).map((byte, index) => byte ^ mask[index & 3]!);
  return { kind: data[0]! & 15, text: Buffer.from(body).toString(), length };
}
