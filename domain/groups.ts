/** Who may see and do what with the rentals of a group. */

/** Of members; the owner is not one. */
export const memberRoles = ['editor', 'viewer'] as const;

export type MemberRole = (typeof memberRoles)[number];

export type GroupRole = 'owner' | MemberRole;

/** Who put a rental where it is. No rule changes what a person chose. */
export const groupedBy = ['hand', 'rule'] as const;

export type GroupedBy = (typeof groupedBy)[number];
