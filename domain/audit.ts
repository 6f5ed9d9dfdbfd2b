/** Who acts, in the audit log: a person with the role, an API key, or who sits at the server. */
export const auditActors = ['operator', 'key', 'console'] as const;

export type AuditActor = (typeof auditActors)[number];
