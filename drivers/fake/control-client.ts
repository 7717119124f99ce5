/** Sends control commands to a fake hypervisor: what tests, benchmarks and demos steer it with. */
import { connect } from 'node:net';
import { LineReader } from './lines.ts';
import { MAX_LINE_BYTES, type ServerMessage } from './protocol.ts';

/** The answer of the command (hypervisor/control.ts). Rejects when there is no fake, or it says no. */
export async function sendControl(socketPath: string, command: unknown): Promise<unknown> {
  const answer = await ask(socketPath, `${JSON.stringify({ control: command })}\n`);
  const message = JSON.parse(answer) as ServerMessage;
  if ('control' in message) return message.control;
  throw new Error('controlError' in message ? message.controlError : `the fake hypervisor answered ${answer}`);
}

function ask(socketPath: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new LineReader(MAX_LINE_BYTES);
    const socket = connect(socketPath, () => socket.write(line));
    socket.on('data', (chunk) => {
      const [answer] = reader.push(chunk);
      if (answer === undefined) return;
      socket.destroy();
      resolve(answer);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the fake hypervisor closed the connection without an answer')));
  });
}
