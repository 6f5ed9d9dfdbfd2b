/** The configuration file of the server: one process with all its services, everything in PostgreSQL. */
import { findFreePort } from '#platform/ports.ts';
import { inProject } from '#platform/paths.ts';

export interface PostgresAccess {
  /** host:port */
  address: string;
  user: string;
  password: string;
}

export interface ServerPorts {
  frontend: number;
  metrics: number;
}

export const databases = { default: 'temporal', visibility: 'temporal_visibility' };

/** As `docs/scale.md` wants it for ten thousand users; fixed for the life of a cluster. */
export const historyShards = 512;

const services = ['frontend', 'matching', 'history', 'worker'] as const;

const store = (databaseName: string, { address, user, password }: PostgresAccess, connections: number) => ({
  sql: {
    pluginName: 'postgres12',
    databaseName,
    connectAddr: address,
    connectProtocol: 'tcp',
    user,
    password,
    maxConns: connections,
    maxIdleConns: connections,
    maxConnLifetime: '1h',
  },
});

/** Free ports that differ from one another. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

/** YAML reads JSON, too. */
export async function serverSettings(postgres: PostgresAccess): Promise<{ text: string; ports: ServerPorts }> {
  const [frontend, metrics, http, ...others] = (await freePorts(3 + 2 * services.length)) as [number, number, number];
  const rpc = (index: number) => ({
    grpcPort: index === 0 ? frontend : (others as number[])[2 * index],
    membershipPort: (others as number[])[2 * index + 1],
    bindOnLocalHost: true,
    ...(index === 0 && { httpPort: http }),
  });
  const settings = {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: historyShards,
      datastores: {
        default: store(databases.default, postgres, 40),
        visibility: store(databases.visibility, postgres, 15),
      },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' },
      metrics: { prometheus: { timerType: 'histogram', listenAddress: `127.0.0.1:${metrics}` } },
    },
    services: Object.fromEntries(services.map((name, index) => [name, { rpc: rpc(index) }])),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: inProject('temporal', 'server', 'dynamic-config.yaml'), pollInterval: '10s' },
  };
  return { text: JSON.stringify(settings, null, 2), ports: { frontend, metrics } };
}
