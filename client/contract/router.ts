/** The procedures of tRPC. Types only: a client carries nothing of the server. */
export type { AppRouter } from '#lib/server/trpc/router.ts';
