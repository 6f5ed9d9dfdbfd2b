/** `npm run build`: builds the web app for production, if its sources changed. */
import { ensureWebBuild } from './lib/web-build.ts';

await ensureWebBuild((line) => console.log(line), new AbortController().signal);
