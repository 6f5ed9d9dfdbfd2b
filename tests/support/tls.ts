/** Certificates for servers of tests: `ca.pem` has signed them, which who asks has to know by NODE_EXTRA_CA_CERTS or the like. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Server } from 'node:https';

/** `client` is not one of a server, so that nobody who asks one takes it. */
export type CertificateName = 'server' | 'client';

export const tlsFixture = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

export const keyPair = (name: CertificateName) => ({
  key: readFileSync(tlsFixture(`${name}.key`)),
  cert: readFileSync(tlsFixture(`${name}.pem`)),
});

/** From now on, also for those who were connected. */
export function showCertificate(server: Server, name: CertificateName): void {
  server.setSecureContext(keyPair(name));
  server.closeAllConnections();
}
