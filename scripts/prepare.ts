/**
 * Steps of a start that need big libraries. Each runs in a short process of its own, so that the supervisor, which stays,
 * remains small. Its lines go to the console; its result is sent to the parent.
 */
import { ConfigError } from '#platform/errors.ts';
import { loadLocalConfig, loadTemporalSettings, noTemporalAccess, type LocalConfig } from '#platform/config.ts';
import type { TemporalProgram } from './lib/temporal-binary.ts';

export interface Settings {
  /** Without the secrets, which the services read from their own environment. */
  config: Omit<LocalConfig, 'CREDENTIALS_KEYS' | 'AUTH_SECRET'>;
  /** `Name=Type` of each custom search attribute of Temporal. */
  searchAttributes: readonly string[];
}

/** What each step is given by environment variables and what it answers. */
export interface Steps {
  settings: Settings;
  chromium: string;
  database: null;
  temporal: null;
  'temporal-program': TemporalProgram;
  'search-attributes': null;
  'web-build': null;
}

export type StepAnswer = { value: unknown } | { error: string; plain: boolean };

const say = (line: string): void => console.log(line);

const steps: { [Name in keyof Steps]: () => Promise<Steps[Name]> } = {
  async settings() {
    const { CREDENTIALS_KEYS: _keys, AUTH_SECRET: _secret, ...config } = loadLocalConfig(process.env); // first: a wrong value is said before anything else is loaded
    const { customSearchAttributes } = await import('./lib/search-attributes.ts');
    return { config, searchAttributes: customSearchAttributes };
  },
  async chromium() {
    const { findChromium } = await import('#platform/find-chromium.ts');
    return (await findChromium(process.env.CHROMIUM_PATH, say)).executablePath;
  },
  async database() {
    const { ensureDatabase } = await import('./lib/database.ts');
    const { migrate } = await import('#db/migrate.ts');
    const { ADMIN_URL, DATABASE_NAME, DATABASE_URL } = process.env;
    if (ADMIN_URL && DATABASE_NAME) await ensureDatabase(ADMIN_URL, DATABASE_NAME);
    await migrate(DATABASE_URL!);
    return null;
  },
  async temporal() {
    const { connectWorker } = await import('#temporal/worker-connection.ts');
    const { TEMPORAL_ADDRESS, ...config } = loadLocalConfig();
    await (await connectWorker({ ...config, TEMPORAL_ADDRESS: TEMPORAL_ADDRESS! })).close();
    return null;
  },
  async 'temporal-program'() {
    const { obtainTemporal } = await import('./lib/temporal-binary.ts');
    return obtainTemporal(say);
  },
  async 'search-attributes'() {
    const { prepareNamespace } = await import('./lib/temporal-namespace.ts');
    const settings = loadTemporalSettings({ ...process.env, ...noTemporalAccess, TEMPORAL_PAYLOAD_KEYS: '' });
    await prepareNamespace(settings, () => {});
    return null;
  },
  async 'web-build'() {
    const { ensureWebBuild } = await import('./lib/web-build.ts');
    await ensureWebBuild(say, new AbortController().signal);
    return null;
  },
};

async function answer(name: keyof Steps): Promise<StepAnswer> {
  try {
    return { value: await steps[name]() };
  } catch (error) {
    return { error: (error as Error).message, plain: error instanceof ConfigError };
  }
}

const told = await answer(process.argv[2] as keyof Steps);
process.send!(told, () => process.exit()); // whatever the step left under way
