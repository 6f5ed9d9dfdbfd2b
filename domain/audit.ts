/** Who acts, in the audit log: a person with the role, an API key, or somebody at the server itself. */
export const auditActors = ['operator', 'key', 'console'] as const;

export type AuditActor = (typeof auditActors)[number];
