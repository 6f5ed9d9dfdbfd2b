/** `npm start` and `npm run dev`: brings up the whole service. */
import { continueWith } from './bootstrap.js';

await continueWith('./supervisor.ts');
