/** docker-compose.yml against the specification, the image, the settings and what is written about them. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { serviceSettings } from '#platform/config.ts';
import { inProject } from '#platform/paths.ts';
import { interpolate, parseCompose, readComposeText, variablesOf, type ComposeFile } from './compose-file.ts';

/** Of compose-go v2.16.2, which Docker Compose reads its files with. */
const schemaFile = inProject('tests', 'deploy', 'compose-spec.schema.json');

/** Those that have no place where everything runs in containers of this file. */
const deliberatelyNotPassed = [
  ...['DATA_DIR', 'LOCAL_MODE', 'DATABASE_DIRECT_URL'],
  ...['DEMO_EMAIL', 'DEMO_PASSWORD', 'DEMO_PORTAL_USERNAME', 'DEMO_PORTAL_PASSWORD'],
  ...['TEMPORAL_CONFIG_FILE', 'TEMPORAL_PROFILE', 'GOOGLE_ORIGIN'],
];
const ofMutualTls = /^TEMPORAL_TLS_/;

describe('docker-compose.yml', () => {
  let text: string;
  let file: ComposeFile;
  let fits: (candidate: unknown) => string[];

  beforeAll(async () => {
    text = await readComposeText();
    file = parseCompose(text);
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(JSON.parse(await readFile(schemaFile, 'utf8')) as object);
    fits = (candidate) => {
      validate(candidate);
      return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    };
  });

  const ours = () => Object.entries(file.services).filter(([, { image }]) => image?.startsWith('gibney-sync:'));

  it('fits the specification, which refuses what is misspelled', () => {
    expect(fits(file)).toEqual([]);
    const misspelled = structuredClone(file);
    Object.assign(misspelled.services.web!, { read_onyl: true });
    expect(fits(misspelled)).not.toEqual([]);
  });

  it('reads no variable that is not written down', async () => {
    const pages = await Promise.all(['README.md', 'docs/set-up.md'].map((page) => readFile(inProject(page), 'utf8')));
    const known = new Set(pages.join('\n').match(/\b[A-Z][A-Z0-9_]+\b/g));
    expect(variablesOf(text).filter((name) => !known.has(name))).toEqual([]);
  });

  it('passes each setting to some part, unless it has no place here', () => {
    const passed = new Set(ours().flatMap(([, { environment }]) => Object.keys(environment ?? {})));
    const missing = serviceSettings.filter((name) => !passed.has(name) && !ofMutualTls.test(name));
    expect(missing.sort()).toEqual(deliberatelyNotPassed.sort());
  });

  it('lets every worker mail: notices are sent by one kind, warnings by the other', () => {
    const workers = ours().filter(([, { command = [] }]) => command.includes('temporal/worker.ts'));
    expect(workers.map(([name]) => name).sort()).toEqual(['worker-portal', 'worker-sync']);
    for (const [name, { environment }] of workers)
      expect(Object.keys(environment ?? {}), name).toEqual(expect.arrayContaining(['SMTP_URL', 'MAIL_FROM']));
  });

  it('starts programs that are in the image', async () => {
    const copies = (await readFile(inProject('Dockerfile'), 'utf8')).match(/^COPY --from=build .*$/gm) ?? [];
    const inImage = copies.flatMap((line) => [...line.matchAll(/\/app\/(\S+)/g)].map(([, name]) => name!));
    for (const [name, { command = [] }] of ours()) {
      const programs = command.join(' ').match(/\S+\.ts\b/g) ?? [];
      expect(programs, name).not.toEqual([]);
      for (const program of programs) {
        expect(existsSync(inProject(program)), program).toBe(true);
        expect(inImage).toContain(program.split('/')[0]);
      }
    }
  });

  it('mounts only files that are there', () => {
    const mounted = Object.values(file.services).flatMap(({ volumes = [] }) => volumes);
    const files = mounted.filter((volume) => volume.startsWith('./')).map((volume) => volume.split(':')[0]!);
    expect(files.filter((path) => !existsSync(inProject(path)))).toEqual([]);
    const profiles = Object.values(file.services).flatMap(({ security_opt = [] }) => security_opt);
    const seccomp = profiles.filter((option) => option.startsWith('seccomp:')).map((option) => option.slice(8));
    expect(seccomp).not.toEqual([]);
    expect(seccomp.filter((path) => !existsSync(inProject(path)))).toEqual([]);
  });

  it('gives Temporal enough shards before its first start, after which the number stays', () => {
    const shards = (settings: Record<string, string>) =>
      interpolate(String(file.services.temporal!.environment!.NUM_HISTORY_SHARDS), settings);
    expect([shards({}), shards({ TEMPORAL_HISTORY_SHARDS: '1024' })]).toEqual(['512', '1024']);
  });

  it('lets PostgreSQL take the connections of all parts at once', () => {
    const temporalParts = ['frontend', 'history', 'matching', 'worker'];
    // As its image has them: SQL_MAX_CONNS and SQL_VIS_MAX_CONNS.
    const ofTemporal = temporalParts.length * (20 + 10);
    const ofOurs = 11 + 2 * 12 + 3;
    const reserved = 3;
    const most = Number(/max_connections=(\d+)/.exec(file.services.postgres!.command!.join(' '))?.[1]);
    expect(most).toBeGreaterThanOrEqual(ofTemporal + ofOurs + reserved + 7 * 12);
  });

  it('confines every container', () => {
    for (const [name, service] of Object.entries(file.services)) {
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.security_opt, name).toContain('no-new-privileges:true');
      expect(service.pids_limit, name).toBeGreaterThan(0);
      expect(service.mem_limit, name).toBeTruthy();
      if (name !== 'temporal-ui') expect(service.read_only, name).toBe(true);
    }
  });
});

it('variables are replaced as Compose does it', () => {
  expect(interpolate('${A:-x} ${B:-y} $$part ${C}', { A: '1' })).toBe('1 y $part ');
  expect(() => interpolate('${A:?the key}', {})).toThrow('A is required: the key');
});
