import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** Absolute path of a file of the project. */
export const inProject = (...parts: string[]): string => join(projectRoot, ...parts);

/** The folder for big downloads and builds, shared between all clones of one user. */
export const userCacheDir = (): string => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gibney-sync');
