/** What the chart renders: by the schemas of Kubernetes and KEDA, and by the rules of our own. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
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
import { alertsFile, readAlerts } from '../observability/files.ts';
import { chartAlerts, examples, hashOf, manifestsOf, readExample, renderExample, type Manifest } from './chart.ts';

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

const isMonitoring = ({ apiVersion }: Manifest): boolean => apiVersion.startsWith('monitoring.coreos.com/');
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
  const kubernetes = manifests.filter((manifest) => !isKeda(manifest) && !isMonitoring(manifest));
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
    advanced: {
      horizontalPodAutoscalerConfig: {
        behavior: {
          scaleDown: {
            stabilizationWindowSeconds: 300,
            policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }],
          },
        },
      },
    },
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

interface Probed {
  spec: {
    template: { metadata: { annotations?: object }; spec: { containers: Record<string, { httpGet: object }>[] } };
  };
}

const deploymentOf = (manifests: Manifest[], part: string) =>
  manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === `gibney-${part}`) as Manifest &
    Probed;

it.each(['worker-sync', 'worker-portal'])(
  '%s is asked where Node answers, and replaces nobody before it serves',
  async (part) => {
    const { manifests } = await readExample('self-hosted');
    const { spec } = deploymentOf(manifests, part);
    const { startupProbe, readinessProbe, livenessProbe, env } = spec.template.spec.containers[0]!;
    expect([startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet)).toEqual([
      { path: '/ready', port: 'probe' },
      { path: '/ready', port: 'probe' },
      { path: '/live', port: 'probe' },
    ]);
    expect(env).toContainEqual({ name: 'PROBE_PORT', value: '9465' });
    expect(spec).toMatchObject({ minReadySeconds: 10, strategy: { rollingUpdate: { maxUnavailable: 0 } } });
  },
);

it('the web stays in service while PostgreSQL or Temporal is away', async () => {
  const { manifests } = await readExample('self-hosted');
  const container = deploymentOf(manifests, 'web').spec.template.spec.containers[0]!;
  expect(container.readinessProbe!.httpGet).toEqual({ path: '/healthz', port: 'http' });
});

it('pods are made anew for a changed Secret where it is said', async () => {
  const { manifests } = await readExample('self-hosted');
  for (const part of ['web', 'worker-sync', 'worker-portal'])
    expect(deploymentOf(manifests, part).spec.template.metadata.annotations).toEqual({
      'gibney-sync/secret-revision': '1',
    });
});

it('the migration may speak to the database before the rest is there', async () => {
  const { manifests } = await readExample('self-hosted');
  const hooks = manifests.filter(({ metadata }) => metadata.name === 'gibney-migrate');
  const hookOf = (wanted: string) =>
    (hooks.find(({ kind }) => kind === wanted)!.metadata as { annotations?: Record<string, string> }).annotations!;
  expect(hookOf('NetworkPolicy')['helm.sh/hook']).toBe(hookOf('Job')['helm.sh/hook']);
  expect(Number(hookOf('NetworkPolicy')['helm.sh/hook-weight'])).toBeLessThan(
    Number(hookOf('Job')['helm.sh/hook-weight'] ?? 0),
  );
});

it('Prometheus asks each part under the names that the rules want, and has the very rules', async () => {
  expect(await readFile(chartAlerts, 'utf8'), 'run `npm run chart:render`').toBe(await readFile(alertsFile, 'utf8'));
  const { manifests } = await readExample('self-hosted');
  const monitors = manifests.filter(({ kind }) => kind === 'PodMonitor');
  const seen = monitors.map(({ metadata, spec }) => {
    const { port, relabelings } = (spec.podMetricsEndpoints as { port: string; relabelings: object[] }[])[0]!;
    return [metadata.name, port, relabelings[0]];
  });
  const to = (replacement: string) => ({ targetLabel: 'job', replacement });
  expect(seen).toEqual([
    ['gibney-web', 'http', to('gibney-web')],
    ['gibney-worker-sync', 'metrics', to('gibney-worker')],
    ['gibney-worker-portal', 'metrics', to('gibney-worker')],
  ]);
  const { groups } = manifests.find(({ kind }) => kind === 'PrometheusRule')!.spec as { groups: { rules: object[] }[] };
  expect(groups.flatMap(({ rules }) => rules)).toEqual(readAlerts());
});

it('the authority of PostgreSQL is where DATABASE_URL can name it', async () => {
  const { manifests } = await readExample('mutual-tls');
  for (const manifest of manifests.filter((one) => podOf(one)))
    expect(podOf(manifest)!.containers[0]!.volumeMounts).toContainEqual({
      name: 'database-ca',
      mountPath: '/etc/database/ca',
      readOnly: true,
    });
});
