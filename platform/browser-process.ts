/** How the browser's process is started: what it runs as, what it is told, and how safely. */
import { inProject } from './paths.ts';

/** For Playwright's `launch()`. */
export interface WayToStart {
  executablePath: string;
  env: Record<string, string>;
  chromiumSandbox: boolean;
}

/** All that Chromium gets from this process's environment, which may hold keys and addresses. */
const inherited = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH', 'FONTCONFIG_FILE', 'XDG_RUNTIME_DIR'];

/** A user that nothing else on the machine knows. */
const browserId = '65533';

/** The ways to start a Chromium here, the safest first. */
export function waysToStart(executablePath: string): [WayToStart, ...WayToStart[]] {
  const env = Object.fromEntries(inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  const asOurselves = { executablePath, env };
  const asBrowserUser = {
    executablePath: inProject('platform', 'as-browser-user.sh'),
    env: { ...env, BROWSER_PROGRAM: executablePath, BROWSER_ID: browserId },
  };
  const [sandboxed, bare] = [{ chromiumSandbox: true }, { chromiumSandbox: false }];
  if (process.getuid?.() !== 0)
    return [
      { ...asOurselves, ...sandboxed },
      { ...asOurselves, ...bare },
    ];
  return [
    { ...asBrowserUser, ...sandboxed },
    { ...asBrowserUser, ...bare },
    { ...asOurselves, ...bare },
  ];
}

/** Why Chromium's sandbox, or its user, is not available on this machine, from what the failed start wrote; or null. */
export function whyUnsafe(output: string): string | null {
  const errors = output.split('\n').filter((line) => !line.includes('<launching>'));
  return errors.find((line) => unsafe.test(line))?.trim() ?? null;
}

const unsafe =
  /no usable sandbox|new namespace|credentials\.cc|permission denied|not permitted|(setpriv|unshare|mount).*(not found|failed)/i;
