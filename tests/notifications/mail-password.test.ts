/** The password of the mail server goes there over TLS, or not at all. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { expect, it, onTestFinished } from 'vitest';
import { createMailer } from '#notifications/mailer.ts';

/** As somebody in between makes a server look: it says nothing of TLS. */
async function startServer() {
  const heard: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      heard.push(`${username}:${password}`);
      callback(null, { user: username });
    },
    onData(stream, _session, callback) {
      stream.resume().once('end', () => callback());
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, heard };
}

const message = { to: 'ann@rentals.test', subject: 'Hello', text: 'Hello' };
const settings = { MAIL_FROM: 'no-reply@rentals.test', LOCAL_MODE: false, DATA_DIR: '/nowhere' };

async function send(SMTP_URL: string): Promise<string> {
  const mailer = createMailer({ SMTP_URL, ...settings });
  onTestFinished(() => mailer.close());
  return mailer.send(message);
}

// An address of this machine that does not say so.
const elsewhere = '0.0.0.0';

it('is not sent to a server elsewhere that offers no TLS', async () => {
  const { port, heard } = await startServer();
  await expect(send(`smtp://ann:planted@${elsewhere}:${port}`)).rejects.toThrow(/TLS/);
  expect(heard).toEqual([]);
});

it.each([
  ['to one elsewhere, where the URL allows it', elsewhere, '?requireTLS=false'],
  ['to one on this machine', '127.0.0.1', ''],
])('is sent %s', async (_, host, query) => {
  const { port, heard } = await startServer();
  await send(`smtp://ann:planted@${host}:${port}${query}`);
  expect(heard).toEqual(['ann:planted']);
});
