/** What the settings show of two-factor sign-in. */
import { z } from 'zod';

export const twoFactorView = z.object({
  /** Since when a code is asked for, ISO 8601; null: never. */
  enabledAt: z.string().nullable(),
  recoveryCodesLeft: z.int(),
});
export type TwoFactorView = z.infer<typeof twoFactorView>;

/** For an authenticator app, once. */
export const twoFactorSetupView = z.object({
  /** Base32, to type. */
  secret: z.string(),
  uri: z.string(),
  qr: z.object({ size: z.int(), path: z.string() }),
});
export type TwoFactorSetupView = z.infer<typeof twoFactorSetupView>;

/** Shown once. */
export const recoveryCodesView = z.object({ recoveryCodes: z.array(z.string()) });
export type RecoveryCodesView = z.infer<typeof recoveryCodesView>;
