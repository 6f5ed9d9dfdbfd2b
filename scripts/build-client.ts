/**
 * Builds the package of the client into client/dist, or into the folder that is named: `npm pack ./client/dist`, or import
 * `gibney-sync/client` here.
 */
import { resolve } from 'node:path';
import { buildClient } from './lib/client-package.ts';

const [folder] = process.argv.slice(2);
console.log(`built ${await buildClient(folder && resolve(folder))}`);
