/** Who carries out which message. */
import type { SomeHandlers } from '../rpc/handler.ts';
import { eventHandlers } from './event.ts';
import { messageHandlers } from './message.ts';
import { sessionHandlers } from './session.ts';
import { taskHandlers } from './task.ts';

export const HANDLERS: SomeHandlers = {
  ...sessionHandlers,
  ...taskHandlers,
  ...eventHandlers,
  ...messageHandlers,
};
