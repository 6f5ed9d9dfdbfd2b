/**
 * All configuration, parsed once at boot. A wrong value stops the start with the variable's name and what it expects.
 * Nothing else in the services reads `process.env`.
 */
import { hkdfSync } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { ConfigError } from './errors.ts';
import { webAddress } from './addresses.ts';
import { googleEndpoints, type GoogleApp } from './google.ts';
import { parseOutboundAllow } from './outbound.ts';
import { areVapidPair, isVapidPrivateKey, isVapidPublicKey, isVapidSubject, type Vapid } from './vapid.ts';

const port = z.coerce
  .number('wants a port number from 1 to 65535')
  .int('wants a whole number')
  .min(1, 'wants a port number from 1 to 65535')
  .max(65535, 'wants a port number from 1 to 65535');

const count = (min: number, max: number) =>
  z.coerce
    .number(`wants a whole number from ${min} to ${max}`)
    .int(`wants a whole number from ${min} to ${max}`)
    .min(min, `wants a whole number from ${min} to ${max}`)
    .max(max, `wants a whole number from ${min} to ${max}`);

const httpUrl = z
  .string()
  .refine(isHttpUrl, 'wants an address that begins with http:// or https://')
  .transform(withoutTrailingSlash);

const postgresUrl = z
  .string()
  .refine(
    (value) => /^postgres(ql)?:\/\//.test(value) && URL.canParse(value),
    'wants postgres://user:password@host:port/name',
  );

const temporalAddress = z
  .string()
  .regex(/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i, 'wants host:port of the Temporal server');

const keyring = z.string().transform(parseKeys);

/** With `off` first, everything that was sealed is opened, and nothing is sealed. */
const payloadKeys = z.string().transform((value, context) => {
  const [, off, keys] = /^\s*(off\s*,)?(.*)$/s.exec(value)!;
  return { seals: off === undefined, keys: parseKeys(keys!, context) };
});

function parseKeys(value: string, context: z.RefinementCtx): EncryptionKey[] {
  const keys = value.split(',').map((entry) => entry.trim().split(':'));
  const good = keys.every(
    ([id, key, ...rest]) =>
      /^[A-Za-z0-9_-]{1,32}$/.test(id ?? '') && rest.length === 0 && Buffer.from(key ?? '', 'base64').length === 32,
  );
  if (!good || new Set(keys.map(([id]) => id)).size !== keys.length) {
    context.addIssue({
      code: 'custom',
      message:
        'wants id:key[,id:key], each key 32 bytes in base64, the current one first (make one: openssl rand -base64 32)',
    });
    return z.NEVER;
  }
  return keys.map(([id, key]) => ({ id: id!, key: Buffer.from(key!, 'base64') }));
}

const outboundAllow = z.string().transform((value, context) => {
  const allow = parseOutboundAllow(value);
  if (allow) return allow;
  context.addIssue({ code: 'custom', message: 'wants hosts, addresses or CIDRs, separated by commas' });
  return z.NEVER;
});

const text = z.string().min(1).optional();

/** `name=value,name=value`, values encoded as in addresses. */
const otlpHeaders = z.string().transform((value, context) => {
  const pairs = value.split(',').map((pair) => /^\s*([\w!#$&'*.^`|~+-]+)\s*=\s*(.*?)\s*$/.exec(pair));
  if (pairs.every((pair) => pair !== null && isDecodable(pair[2]!)))
    return Object.fromEntries(pairs.map((pair) => [pair![1]!, decodeURIComponent(pair![2]!)]));
  context.addIssue({ code: 'custom', message: 'wants name=value[,name=value], values percent-encoded' });
  return z.NEVER;
});

/** Traces, by the names that OpenTelemetry gives them everywhere. */
const tracingSettings = z.object({
  /** Unset: there are no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders.default({}),
  OTEL_SERVICE_NAME: text,
  OTEL_TRACES_SAMPLER: z
    .enum(
      [
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ],
      'wants always_on, always_off or traceidratio, or one of these after parentbased_',
    )
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('wants a share from 0 to 1')
    .min(0, 'wants a share from 0 to 1')
    .max(1, 'wants a share from 0 to 1')
    .default(1),
});

/** Web push: all of them, or none. */
const vapidSettings = z.object({
  VAPID_PUBLIC_KEY: z
    .string()
    .refine(isVapidPublicKey, 'wants the public key in base64url: npx web-push generate-vapid-keys')
    .optional(),
  VAPID_PRIVATE_KEY: z
    .string()
    .refine(isVapidPrivateKey, 'wants the private key that was made with VAPID_PUBLIC_KEY')
    .optional(),
  VAPID_SUBJECT: z
    .string()
    .refine(
      isVapidSubject,
      'wants mailto:name@example.org or https://example.org, at a name that the public internet knows: push services write there, and Apple refuses others',
    )
    .optional(),
});

/** Google Calendar: both, or neither. */
const googleSettings = z.object({
  GOOGLE_CLIENT_ID: text,
  GOOGLE_CLIENT_SECRET: text,
  /** For tests: where one server stands for all of Google. */
  GOOGLE_ORIGIN: httpUrl.optional(),
});

const flag = z
  .enum(['0', '1', 'true', 'false'], 'wants 1 or 0')
  .transform((value) => value === '1' || value === 'true');

/** Who we are at a Temporal server elsewhere, under the names of Temporal's own tools. */
const temporalAccess = z.object({
  TEMPORAL_API_KEY: text,
  /** Unset: where an API key or a certificate is set. */
  TEMPORAL_TLS: flag.optional(),
  TEMPORAL_TLS_CLIENT_CERT_PATH: text,
  TEMPORAL_TLS_CLIENT_CERT_DATA: text,
  TEMPORAL_TLS_CLIENT_KEY_PATH: text,
  TEMPORAL_TLS_CLIENT_KEY_DATA: text,
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: text,
  TEMPORAL_TLS_SERVER_CA_CERT_DATA: text,
  TEMPORAL_TLS_SERVER_NAME: text,
  TEMPORAL_CONFIG_FILE: text,
  TEMPORAL_PROFILE: text,
});

export type TemporalAccess = z.output<typeof temporalAccess>;

/** Our own server needs none of these, whatever the shell holds for others. */
export const noTemporalAccess = Object.fromEntries(Object.keys(temporalAccess.shape).map((name) => [name, '']));

/** What both the local mode and the services understand. */
const common = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  PUBLIC_URL: httpUrl.optional(),
  TRUST_PROXY: flag.default(false),
  HSTS_INCLUDE_SUBDOMAINS: flag.default(false),
  DATA_DIR: z
    .string()
    .min(1)
    .default('.data')
    .transform((value) => path.resolve(value)),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  ...temporalAccess.shape,
  /** Unset: what goes through Temporal, which is ids, counts and kinds, is readable there. */
  TEMPORAL_PAYLOAD_KEYS: payloadKeys.optional(),
  TEMPORAL_UI_URL: httpUrl.optional(),
  SYNC_INTERVAL_MINUTES: count(1, 10_080).default(120),
  SYNC_TIMEOUT_SECONDS: count(5, 3_600).default(300),
  RETENTION_DAYS: count(1, 3_650).default(30),
  HISTORY_DAYS: count(1, 36_500).default(1_100),
  CHROMIUM_PATH: z.string().min(1).optional(),
  DESK_PHONE: z
    .string()
    .regex(/^\+?[\d ().-]{5,30}$/, 'wants a telephone number, such as +1 (646) 555-0100')
    .optional(),
  OUTBOUND_ALLOW: outboundAllow.prefault(''),
  ...vapidSettings.shape,
  ...googleSettings.shape,
  RATE_LIMIT_SCALE: z.coerce.number('wants a number, 0 to turn limits off').min(0, 'wants 0 or more').default(1),
  WORKER_QUEUES: z
    .string()
    .default('sync,portal')
    .transform((value) => value.split(',').map((queue) => queue.trim()))
    .pipe(z.array(z.enum(['sync', 'portal'], 'wants sync, portal or both, separated by a comma')).min(1)),
  BROWSER_SLOTS: count(1, 64).default(4),
  METRICS_PORT: port.optional(),
  PROBE_PORT: port.optional(),
  METRICS_TOKEN: z.string().min(16, 'wants at least 16 characters').optional(),
  WORKER_GRACE_SECONDS: count(0, 3_600).default(60),
  ...tracingSettings.shape,
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'wants debug, info, warn or error').default('info'),
  SMTP_URL: z
    .string()
    .refine((value) => /^smtps?:\/\//.test(value) && URL.canParse(value), 'wants smtp://user:password@host:port')
    .optional(),
  /** Set by `npm start`: mail goes to a folder while SMTP_URL is unset, and is shown on this machine only. */
  LOCAL_MODE: flag.default(false),
  MAIL_FROM: z.string().min(3).default('gibney-sync <no-reply@localhost>'),
  DEMO_EMAIL: z.email('wants an e-mail address').optional(),
  DEMO_PASSWORD: z.string().min(8, 'wants at least 8 characters').optional(),
  DEMO_PORTAL_USERNAME: z.string().min(1).optional(),
  DEMO_PORTAL_PASSWORD: z.string().min(1).optional(),
});

const needed = <Schema extends z.ZodType>(schema: Schema, wants: string) =>
  z.preprocess((value, context) => {
    if (value === undefined) context.addIssue({ code: 'custom', message: `is required: ${wants}` });
    return value;
  }, schema);

const service = common.extend({
  DATABASE_URL: needed(postgresUrl, 'postgres://user:password@host:port/name'),
  /** PostgreSQL itself, where `DATABASE_URL` is a pooler's. */
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  TEMPORAL_ADDRESS: needed(temporalAddress, 'host:port of the Temporal server'),
  PORTAL_URL: needed(httpUrl, 'the address of the portal, https://gibney.my.site.com for the real one'),
  CREDENTIALS_KEYS: needed(keyring, 'id:key, the key 32 bytes in base64'),
  AUTH_SECRET: z.string().min(32, 'wants at least 32 characters').optional(),
});

/** All that the web and the workers understand. */
export const serviceSettings: readonly string[] = Object.keys(service.shape);

const local = common.extend({
  DATABASE_URL: postgresUrl.optional(),
  DATABASE_DIRECT_URL: postgresUrl.optional(),
  TEMPORAL_ADDRESS: temporalAddress.optional(),
  TEMPORAL_PORT: port.default(7233),
  TEMPORAL_UI_PORT: port.default(8233),
  TEMPORAL_CLI: z.string().min(1).optional(),
  PORTAL_URL: httpUrl.optional(),
  CREDENTIALS_KEYS: keyring.optional(),
  AUTH_SECRET: z.string().min(32, 'wants at least 32 characters').optional(),
});

/** A worker of light activities opens no secret, so it need not have the keys. */
const keyless = service.extend({ CREDENTIALS_KEYS: keyring.default([]) });

export type Config = ReturnType<typeof loadConfig>;
export type LocalConfig = z.output<typeof local>;
export interface EncryptionKey {
  id: string;
  key: Buffer;
}

/** What seals the data that goes through Temporal: the first one, or none; all open. */
export interface PayloadKeys {
  seals: boolean;
  keys: EncryptionKey[];
}

/** The configuration of the web and the workers. Throws {@link ConfigError}. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const parsed = parse(env.WORKER_QUEUES === 'sync' ? keyless : service, env);
  return {
    ...parsed,
    DATABASE_DIRECT_URL: parsed.DATABASE_DIRECT_URL ?? parsed.DATABASE_URL,
    /** `DATABASE_URL` is a pooler's. */
    databaseIsPooled: parsed.DATABASE_DIRECT_URL !== undefined,
    PUBLIC_URL: parsed.PUBLIC_URL ?? webAddress(parsed.HOST, parsed.PORT),
    AUTH_SECRET: parsed.AUTH_SECRET ?? authSecretFrom(parsed.CREDENTIALS_KEYS),
    /** Null: push is off. */
    vapid: vapidOf(parsed),
    /** Null: Google Calendar is off. */
    google: googleOf(parsed),
  };
}

function vapidOf(given: z.output<typeof vapidSettings>): Vapid | null {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = given;
  if (!publicKey && !privateKey && !subject) return null;
  if (publicKey && privateKey && subject) {
    if (areVapidPair({ publicKey, privateKey })) return { publicKey, privateKey, subject };
    throw new ConfigError('VAPID_PRIVATE_KEY was not made together with VAPID_PUBLIC_KEY');
  }
  const missing = Object.keys(vapidSettings.shape).filter((name) => !given[name as keyof typeof given]);
  throw new ConfigError(
    missing.map((name) => `${name} is required, since push is on: another VAPID_ setting is there`).join('\n'),
  );
}

function googleOf(given: z.output<typeof googleSettings>): GoogleApp | null {
  const { GOOGLE_CLIENT_ID: clientId, GOOGLE_CLIENT_SECRET: clientSecret, GOOGLE_ORIGIN: origin } = given;
  if (!clientId && !clientSecret) return null;
  if (clientId && clientSecret) return { clientId, clientSecret, endpoints: googleEndpoints(origin) };
  const missing = clientId ? 'GOOGLE_CLIENT_SECRET' : 'GOOGLE_CLIENT_ID';
  throw new ConfigError(`${missing} is required, since Google Calendar is on: the other one is there`);
}

/** The configuration of `npm start`, where we bring up every part that is not named. Throws {@link ConfigError}. */
export function loadLocalConfig(env: NodeJS.ProcessEnv = process.env): LocalConfig {
  return withWorkingForms(parse(local, env));
}

/** The same as {@link loadConfig} for processes that answer people. Throws {@link ConfigError}. */
export function loadWebConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return withWorkingForms(loadConfig(env));
}

/**
 * We speak plain HTTP, so TLS ends at a proxy, and only what it forwards shows that a form comes from the https pages.
 * Unless that is believed, every form is refused as another site's.
 */
function withWorkingForms<Some extends { PUBLIC_URL?: string | undefined; TRUST_PROXY: boolean }>(config: Some): Some {
  if (!config.PUBLIC_URL?.startsWith('https:') || config.TRUST_PROXY) return config;
  throw new ConfigError(
    'TRUST_PROXY wants 1, since PUBLIC_URL begins with https://: the proxy in front that ends TLS has to set X-Forwarded-Proto and X-Forwarded-For',
  );
}

/** The one setting that migrations need: PostgreSQL itself. Throws {@link ConfigError}. */
export function loadDatabaseUrl(env: NodeJS.ProcessEnv = process.env): string {
  const { DATABASE_URL, DATABASE_DIRECT_URL } = parse(
    service.pick({ DATABASE_URL: true, DATABASE_DIRECT_URL: true }),
    env,
  );
  return DATABASE_DIRECT_URL ?? DATABASE_URL;
}

/** What it takes to reach Temporal. Throws {@link ConfigError}. */
export function loadTemporalSettings(env: NodeJS.ProcessEnv = process.env) {
  const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PAYLOAD_KEYS } = service.shape;
  return parse(temporalAccess.extend({ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PAYLOAD_KEYS }), env);
}

function parse<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.output<Schema> {
  // An empty variable is how shells and compose files say "not set"; a blank one is no number, and Number() makes it 0.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim() !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
  throw new ConfigError([...new Set(lines)].join('\n'));
}

/** The oldest key stays the longest, so sessions outlive a rotation. Set AUTH_SECRET to make the two independent. */
function authSecretFrom(keys: EncryptionKey[]): string {
  const oldest = keys.at(-1);
  if (!oldest) return ''; // a worker without keys, which signs no session
  return Buffer.from(hkdfSync('sha256', oldest.key, '', 'gibney-sync auth secret', 32)).toString('base64url');
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol);
}

function isDecodable(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false; // that is the answer
  }
}

function withoutTrailingSlash(value: string): string {
  return value.replace(/\/+$/, '');
}
