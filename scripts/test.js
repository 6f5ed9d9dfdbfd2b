/** `npm test`: everything that can fail. Arguments are a filter: `npm test -- tests/db`, `npm test -- tests/e2e`. */
import { continueWith } from './bootstrap.js';

await continueWith('./test-suites.ts');
