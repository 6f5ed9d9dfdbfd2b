/** Addresses that users give for us to send to. */
import { OutboundError, checkAddress } from '#platform/outbound.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';

const refusals = {
  insecure: 'The address has to begin with https://.',
  address_refused: 'The address has to be on the public internet.',
  credentials: 'The address cannot hold a name or a password. The signature says who we are.',
};

/** Throws `validation_failed` about this field where nothing would be sent there. */
export async function refuseAddress(
  { config }: Pick<Services, 'config'>,
  field: string,
  address: string,
): Promise<void> {
  const { username, password } = new URL(address);
  const reason = username || password ? 'credentials' : await reasonAgainst(config, address);
  if (reason === null) return;
  const message = refusals[reason];
  throw new ApiError('validation_failed', message, { fields: { [field]: [message] } });
}

async function reasonAgainst(config: Services['config'], address: string): Promise<keyof typeof refusals | null> {
  try {
    await checkAddress(address, config.OUTBOUND_ALLOW);
    return null;
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    // A name that cannot be resolved now may be later; it is looked at again with each delivery.
    return error.reason === 'insecure' || error.reason === 'address_refused' ? error.reason : null;
  }
}
