/** Who carries out which message. */
import type { Handlers } from '../rpc/handler.ts';
import { eventHandlers } from './event.ts';
import { groupHandlers } from './groups.ts';
import { hostHandlers } from './host.ts';
import { messageHandlers } from './message.ts';
import { networkHandlers } from './network.ts';
import { pifHandlers } from './pif.ts';
import { poolHandlers } from './pool.ts';
import { sessionHandlers } from './session.ts';
import { srHandlers } from './sr.ts';
import { taskHandlers } from './task.ts';
import { vbdHandlers } from './vbd.ts';
import { vdiHandlers } from './vdi.ts';
import { vifHandlers } from './vif.ts';
import { configHandlers } from './vm/config.ts';
import { copyHandlers } from './vm/copies.ts';
import { guestHandlers } from './vm/guest.ts';
import { placementHandlers } from './vm/placement.ts';
import { powerHandlers } from './vm/power.ts';
import { recordHandlers } from './vm/record.ts';
import { resourceHandlers } from './vm/resources.ts';
import { vtpmHandlers } from './vtpm.ts';

/** All that the tables have: a message without a handler does not compile. */
export const HANDLERS: Handlers = {
  ...sessionHandlers,
  ...taskHandlers,
  ...eventHandlers,
  ...messageHandlers,
  ...poolHandlers,
  ...hostHandlers,
  ...recordHandlers,
  ...powerHandlers,
  ...copyHandlers,
  ...resourceHandlers,
  ...configHandlers,
  ...placementHandlers,
  ...guestHandlers,
  ...vbdHandlers,
  ...vifHandlers,
  ...vdiHandlers,
  ...srHandlers,
  ...networkHandlers,
  ...pifHandlers,
  ...vtpmHandlers,
  ...groupHandlers,
};
