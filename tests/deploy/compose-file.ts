/** docker-compose.yml as Compose reads it: anchors merged, variables replaced. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { inProject } from '#platform/paths.ts';

export interface ComposeService {
  image?: string;
  command?: string[];
  environment?: Record<string, string | number>;
  volumes?: string[];
  profiles?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  pids_limit?: number;
  shm_size?: string;
}

export interface ComposeFile {
  services: Record<string, ComposeService>;
}

export const readComposeText = (): Promise<string> => readFile(inProject('docker-compose.yml'), 'utf8');

export const parseCompose = (text: string): ComposeFile => parse(text, { merge: true }) as ComposeFile;

const variable = /\$\$|\$\{([A-Z0-9_]+)(?:(:[-?])([^}]*))?\}/g;

/** The names of the variables that a text asks for. */
export const variablesOf = (text: string): string[] => [
  ...new Set([...text.matchAll(variable)].flatMap(([, name]) => name ?? [])),
];

/** Puts settings in the place of variables. Throws where a required one is missing. */
export function interpolate(text: string, settings: Record<string, string>): string {
  return text.replace(variable, (whole: string, name?: string, kind?: string, rest: string = '') => {
    if (!name) return whole === '$$' ? '$' : whole;
    const value = settings[name] ?? '';
    if (value === '' && kind === ':?') throw new Error(`${name} is required: ${rest}`);
    return value === '' && kind === ':-' ? rest : value;
  });
}
