import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { pause, send } from './replies.ts';

const scripts = new Map([
  ...['aura', 'login', 'site', 'components'].map(
    (name) => [name, new URL(`browser/${name}.js`, import.meta.url)] as const,
  ),
  ['engine-dom', new URL(import.meta.resolve('@lwc/engine-dom'))],
  ['synthetic-shadow', new URL(import.meta.resolve('@lwc/synthetic-shadow'))],
]);
const fontFile = createRequire(import.meta.url).resolve(
  '@fontsource-variable/public-sans/files/public-sans-latin-wght-normal.woff2',
);
const slices = 4;
const cached = { 'cache-control': 'public, max-age=3600' };

/** The script at this path; an empty one where there is none. */
export async function scriptAt(path: string): Promise<string> {
  const file = scripts.get(path.replace(/^.*\/|\.js$/g, ''));
  const script = file ? await readFile(file, 'utf8') : '';
  return script.replaceAll('process.env.NODE_ENV', "'production'");
}

export function sendScript(res: ServerResponse, script: string): void {
  send(res, 200, { 'content-type': 'text/javascript; charset=UTF-8', ...cached }, script);
}

export function sendStyles(res: ServerResponse): void {
  send(res, 200, { 'content-type': 'text/css; charset=UTF-8', ...cached }, styles);
}

export function isSlowAsset(path: string): boolean {
  return path.startsWith('/s/sfsites/images/') || path.startsWith('/s/sfsites/fonts/');
}

/** Sends an image or the font bit by bit over `ms`, as a far server with large files does. */
export async function sendSlowAsset(res: ServerResponse, path: string, ms: number, gone: AbortSignal): Promise<void> {
  const body = path.startsWith('/s/sfsites/fonts/') ? await fontBytes() : image(path);
  const type = path.startsWith('/s/sfsites/fonts/') ? 'font/woff2' : 'image/svg+xml';
  res.writeHead(200, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store' });
  const size = Math.ceil(body.length / slices);
  for (let at = 0; at < body.length; at += size) {
    if (!(await pause(ms / slices, gone))) return;
    res.write(body.subarray(at, at + size));
  }
  res.end();
}

function fontBytes(): Promise<Buffer> {
  return readFile(fontFile);
}

function image(name: string): Buffer {
  const marks = Array.from({ length: 4_000 }, (_, index) => {
    const hue = (index * 7 + name.length) % 360;
    return `<circle cx="${(index * 37) % 320}" cy="${(index * 53) % 80}" r="1" fill="hsl(${hue} 40% 60%)"/>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="320" height="80">${marks.join('')}</svg>`);
}

const styles = `@font-face { font-family: 'Site Sans'; src: url('/s/sfsites/fonts/site.woff2') format('woff2'); font-display: swap; }
body { margin: 0; font: 14px 'Site Sans', sans-serif; color: #181818; }
nav { display: flex; gap: 24px; padding: 12px 24px; background: #16325c; }
nav a { color: #fff; }
.auraErrorMask, .slds-assistive-text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.auraErrorMask, .emptyContent.hidden { display: none; }
.uiScroller { height: 420px; overflow: auto; position: relative; border: 1px solid #ddd; }
.slds-table { width: 100%; border-collapse: collapse; counter-reset: row-number; }
.slds-table th, .slds-table td { height: 32px; padding: 0 8px; text-align: left; white-space: nowrap; border-bottom: 1px solid #eee; }
.slds-table thead th { position: sticky; top: 0; background: #fafaf9; }
.slds-table tbody tr { counter-increment: row-number; }
.slds-row-number::after { content: counter(row-number); }
.loginForm { max-width: 320px; margin: 48px auto; display: grid; gap: 12px; }
.inputBox, .loginButton { height: 40px; font: inherit; }
.spinnerContainer { height: 4px; }
`;
