/** What the chart renders: by the schemas of Kubernetes and KEDA, and by the rules of our own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { serviceSettings } from '#platform/config.ts';
import { inProject } from '#platform/paths.ts';
import { portalQueue } from '#workflows/names.ts';
import { temporaryFolder } from '../support/index.ts';
import { pythonPackages } from '../support/python-packages.ts';
import { examples, hashOf, manifestsOf, readExample, renderExample, type Manifest } from './chart.ts';

const run = promisify(execFile);
const validator = await pythonPackages('kubernetes-schemas', ['kubernetes-validate==1.37.0']);
const helm = await run('helm', ['version']).then(
  () => 'helm',
  () => null,
);

interface Container {
  args: string[];
  env: { name: string; value?: string; valueFrom?: unknown }[];
  securityContext: object;
  volumeMounts: { mountPath: string }[];
  resources: { requests?: object; limits?: { memory?: string } };
}

interface PodSpec {
  securityContext: object;
  automountServiceAccountToken: boolean;
  containers: Container[];
}

const isKeda = ({ apiVersion }: Manifest): boolean => apiVersion.startsWith('keda.sh/');
const podOf = ({ spec }: Manifest): PodSpec | undefined => (spec.template as { spec: PodSpec } | undefined)?.spec;

/** What Kubernetes' schemas say against it; an unknown field counts. */
async function faultsOf(manifests: Manifest[], version: string): Promise<string> {
  const folder = await temporaryFolder();
  const files = await Promise.all(
    manifests.map(async (manifest, index) => {
      const file = join(folder, `${index}-${manifest.kind}.yaml`);
      await writeFile(file, stringify(manifest));
      return file;
    }),
  );
  const args = ['-m', 'kubernetes_validate', '--strict', '--quiet', '-k', version, ...files];
  const outcome = await run('python3', args, { env: { ...process.env, PYTHONPATH: validator! } }).catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  return `${outcome.stdout}${outcome.stderr}`.trim();
}

const kedaModels = { ScaledObject, TriggerAuthentication };

function checkKeda(manifest: Manifest): void {
  const Model = kedaModels[manifest.kind as keyof typeof kedaModels];
  new Model(structuredClone(manifest) as never).validate();
}

describe.each(examples)('the chart with the values %s', async (name) => {
  const { text, manifests } = await readExample(name);
  const kubernetes = manifests.filter((manifest) => !isKeda(manifest));
  const keda = manifests.filter(isKeda);
  const pods = manifests.flatMap((manifest) => podOf(manifest) ?? []);

  it('was rendered from the chart as it is', async () => {
    expect(text.split('\n')[0], 'run `npm run chart:render`').toContain(await hashOf(name));
  });

  it.skipIf(!helm)('renders so', async () => {
    const rendered = manifestsOf(await renderExample(helm!, name));
    expect(new Set(rendered)).toEqual(new Set(manifests));
  });

  it.skipIf(!validator).each(['1.29', '1.37'])('fits Kubernetes %s', { timeout: 120_000 }, async (version) => {
    expect(kubernetes.length).toBeGreaterThan(8);
    expect(await faultsOf(kubernetes, version)).toBe('');
  });

  it('fits KEDA', () => {
    keda.forEach(checkKeda);
    const withKeda = name !== 'mutual-tls';
    expect(keda.map(({ kind }) => kind).includes('ScaledObject')).toBe(withKeda);
  });

  it('keeps each pod to the restricted level', () => {
    expect(pods).toHaveLength(4);
    for (const pod of pods) {
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: expect.stringMatching(/^(RuntimeDefault|Localhost)$/) as string },
      });
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual(
          expect.arrayContaining(['/tmp', '/data']),
        );
        expect(container.resources.limits?.memory).toBeTruthy();
      }
    }
  });

  it('starts programs of the image, with settings that they know', () => {
    for (const { args, env } of pods.flatMap(({ containers }) => containers)) {
      const programs = args.join(' ').match(/\S+\.ts\b/g) ?? [];
      expect(programs).not.toEqual([]);
      expect(programs.filter((program) => !existsSync(inProject(program)))).toEqual([]);
      const unknown = env.filter(({ name: variable }) => !serviceSettings.includes(variable) && variable !== 'HOME');
      expect(unknown).toEqual([]);
    }
  });

  it('lets every worker mail, if any part does', () => {
    const containers = pods.flatMap((pod) => pod.containers);
    const mails = ({ env }: Container) => env.some(({ name: variable }) => variable === 'SMTP_URL');
    const workers = containers.filter(({ args }) => args.includes('temporal/worker.ts'));
    expect(workers).toHaveLength(2);
    expect(new Set(workers.map(mails))).toEqual(new Set([containers.some(mails)]));
  });

  it('gives push to who shows its key and to who signs with it, and to no other', () => {
    const push = /^VAPID_(PUBLIC_KEY|PRIVATE_KEY|SUBJECT)$/;
    const withPush = pods.flatMap((pod) => pod.containers).filter(({ env }) => env.some(({ name }) => push.test(name)));
    expect(withPush.map(({ env }) => env.filter(({ name }) => push.test(name)).length)).toEqual([3, 3]);
    expect(withPush.every(({ env }) => env.some(({ name }) => name === 'CREDENTIALS_KEYS'))).toBe(true);
  });

  it('gives Google Calendar to who asks people and to who writes there, and to no other', () => {
    const containers = pods.flatMap((pod) => pod.containers);
    const counts = containers.map(
      ({ env }) => env.filter(({ name: variable }) => variable.startsWith('GOOGLE_')).length,
    );
    expect(counts.filter((count) => count > 0)).toEqual([2, 2]);
  });

  it('takes secrets by reference', () => {
    const secret =
      /^(DATABASE_URL|DATABASE_DIRECT_URL|CREDENTIALS_KEYS|AUTH_SECRET|SMTP_URL|METRICS_TOKEN|OTEL_EXPORTER_OTLP_HEADERS|VAPID_PRIVATE_KEY|GOOGLE_CLIENT_SECRET|.*API_KEY)$/;
    const variables = pods.flatMap(({ containers }) => containers.flatMap(({ env }) => env));
    const secrets = variables.filter(({ name: variable }) => secret.test(variable));
    expect(secrets.length).toBeGreaterThan(6);
    expect(secrets.filter(({ value, valueFrom }) => value !== undefined || !valueFrom)).toEqual([]);
  });
});

it('the browsers are counted by the syncs that wait for one', async () => {
  const { manifests } = await readExample('temporal-cloud');
  const scaled = manifests.find(({ kind }) => kind === 'ScaledObject')!;
  // In full: KEDA's model passes over fields that it does not know.
  expect(scaled.spec).toEqual({
    scaleTargetRef: { name: 'gibney-worker-portal' },
    minReplicaCount: 1,
    maxReplicaCount: 10,
    cooldownPeriod: 300,
    triggers: [
      {
        type: 'temporal',
        metadata: {
          endpoint: 'us-east-1.aws.api.temporal.io:7233',
          namespace: 'gibney-sync.a1b2c',
          taskQueue: portalQueue,
          queueTypes: 'activity',
          targetQueueSize: '4',
          enableTLS: 'true',
        },
        authenticationRef: { name: 'gibney-worker-portal' },
      },
    ],
  });
  const wrong = structuredClone(scaled);
  Object.assign(wrong.spec, { minReplicaCount: '1' });
  expect(() => checkKeda(wrong)).toThrow();
});
