/** Builds the package of the client into client/dist: `npm pack ./client/dist`, or import `gibney-sync/client` here. */
import { buildClient } from './lib/client-package.ts';

console.log(`built ${await buildClient()}`);
