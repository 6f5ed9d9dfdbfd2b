import { z } from 'zod';
import { pushRequest, pushSubscription, pushSubscriptions } from '#domain/shapes/push.ts';
import { addDevice, listDevices, removeDevice, testDevice } from '#lib/server/push/push-devices.ts';
import { ref } from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

/** Browsers that are told by push. */
export const pushDevicesRouter = router({
  list: userProcedure.output(pushSubscriptions).query(({ ctx }) => listDevices(ctx.services, ctx.session)),

  /** The same endpoint again renews it. */
  add: userProcedure
    .input(pushRequest)
    .output(pushSubscription)
    .mutation(({ ctx, input }) => addDevice(ctx.services, ctx.session, input, null)),

  remove: userProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => removeDevice(ctx.services, ctx.user.id, input.id)),

  /** Tried once, at once, and never counted. */
  test: userProcedure
    .input(ref)
    .output(z.void())
    .mutation(({ ctx, input }) => testDevice(ctx.services, ctx.user.id, input.id)),
});
