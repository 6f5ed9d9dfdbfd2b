/**
 * The Chromium that the npm package `@sparticuz/chromium` ships, for machines that can reach only the npm registry.
 * Unpacked once into the user's cache: 211 MB with its fonts and the system libraries that a bare machine may lack.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from './cache.ts';
import { userCacheDir } from './paths.ts';

const run = promisify(execFile);

// The package unpacks into the folder for temporary files, and its system libraries only on AWS Lambda.
const unpackProgram = "import('@sparticuz/chromium').then((module) => module.default.executablePath())";

const fontConfig = (folder: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/font-cache</cachedir>
</fontconfig>
`;

// The machine's own libraries come first; those of the package only fill gaps.
const launcher = (folder: string): string => `#!/bin/sh
export FONTCONFIG_FILE='${folder}/fonts.conf'
export LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}${folder}/fill-in"
exec '${folder}/chromium' "$@"
`;

// Libraries of the package that the machine already has must not be found first: they are older than what it needs.
const fillGaps = `
mkdir fill-in
ldd ./chromium | sed -n 's/^[[:space:]]*\\([^ ]*\\) => not found.*/\\1/p' | while read -r library; do
  for file in al2023/lib/*; do ln -s "../$file" "fill-in/\${file##*/}" 2>/dev/null; done
  break
done
`;

function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const manifest = join(entry, '..', '..', 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

async function unpack(staging: string, target: string): Promise<void> {
  await run(process.execPath, ['--input-type=module', '-e', unpackProgram], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: staging, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
  });
  await run('/bin/sh', ['-c', fillGaps], { cwd: staging });
  // In an image another user starts it.
  await chmod(join(staging, 'chromium'), 0o755);
  await writeFile(join(staging, 'fonts.conf'), fontConfig(target));
  await writeFile(join(staging, 'chromium-launcher'), launcher(target));
  await chmod(join(staging, 'chromium-launcher'), 0o755);
}

const cacheFolder = (): string =>
  join(userCacheDir(), `chromium-${packageVersion()}-${process.platform}-${process.arch}`);

/** The path of the launcher if an earlier start unpacked it. */
export function unpackedChromium(): string | undefined {
  const path = join(cacheFolder(), 'chromium-launcher');
  return existsSync(path) ? path : undefined;
}

/** The path of a program that starts the bundled Chromium, unpacked if need be. Linux only. */
export async function bundledChromium(say: (line: string) => void): Promise<string> {
  const target = cacheFolder();
  const make = async (staging: string): Promise<void> => {
    say('unpacking the bundled Chromium, once');
    await unpack(staging, target);
  };
  return join(await cachedFolder(target, make, say), 'chromium-launcher');
}
